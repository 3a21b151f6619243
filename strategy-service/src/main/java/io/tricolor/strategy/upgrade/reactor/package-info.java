/** Drives upgrades: looks, asks the domain what is due, and does it. */
@NullMarked
package io.tricolor.strategy.upgrade.reactor;

import org.jspecify.annotations.NullMarked;
