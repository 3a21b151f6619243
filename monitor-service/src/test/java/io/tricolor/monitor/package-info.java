/** Tests. */
@NullMarked
package io.tricolor.monitor;

import org.jspecify.annotations.NullMarked;
