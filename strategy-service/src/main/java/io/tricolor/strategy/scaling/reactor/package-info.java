/** Carries out what rules say. */
@NullMarked
package io.tricolor.strategy.scaling.reactor;

import org.jspecify.annotations.NullMarked;
