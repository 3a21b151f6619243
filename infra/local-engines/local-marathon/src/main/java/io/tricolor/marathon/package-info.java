/** A single-machine engine that speaks the Marathon v2 API. */
@NullMarked
package io.tricolor.marathon;

import org.jspecify.annotations.NullMarked;
