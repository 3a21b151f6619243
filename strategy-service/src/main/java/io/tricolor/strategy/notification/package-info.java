/** Tells people elsewhere about upgrades: recorded, repeated, and never in the way of an upgrade. */
@NullMarked
package io.tricolor.strategy.notification;

import org.jspecify.annotations.NullMarked;
