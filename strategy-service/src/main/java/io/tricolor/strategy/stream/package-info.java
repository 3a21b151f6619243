/** The live stream: every stored event of groups, in order, to whoever listens. */
@NullMarked
package io.tricolor.strategy.stream;

import org.jspecify.annotations.NullMarked;
