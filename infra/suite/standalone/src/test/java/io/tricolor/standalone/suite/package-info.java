/** Tests. */
@NullMarked
package io.tricolor.standalone.suite;

import org.jspecify.annotations.NullMarked;
