/** Freeze windows: times in which no upgrade begins or goes forward, on topic {@code tricolor.planning.events.v1}. */
@NullMarked
package io.tricolor.contracts.freeze;

import org.jspecify.annotations.NullMarked;
