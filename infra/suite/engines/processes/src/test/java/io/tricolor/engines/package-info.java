/** Tests of the child processes. */
@NullMarked
package io.tricolor.engines;

import org.jspecify.annotations.NullMarked;
