/** Brings clusters to the instances that they shall have. */
@NullMarked
package io.tricolor.deploy;

import org.jspecify.annotations.NullMarked;
