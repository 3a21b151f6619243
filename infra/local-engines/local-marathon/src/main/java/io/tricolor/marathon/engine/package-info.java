/** The one thread that owns the state and drives processes towards it. */
@NullMarked
package io.tricolor.marathon.engine;

import org.jspecify.annotations.NullMarked;
