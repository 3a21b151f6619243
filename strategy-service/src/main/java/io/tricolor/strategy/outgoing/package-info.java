/** Calls that leave the suite: where they may go, and how they are signed. */
@NullMarked
package io.tricolor.strategy.outgoing;

import org.jspecify.annotations.NullMarked;
