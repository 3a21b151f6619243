package io.tricolor.contracts.freeze;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * There is a freeze window of this name from now on, in place of the one that may have had the name.
 *
 * @param setBy who set it; the window says why
 */
@EventType("freeze.window-set")
public record FreezeWindowSet(String calendar, FreezeWindow window, String setBy, Instant at) implements FreezeEvent {}
