package io.tricolor.contracts.freeze;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A freeze window is no more.
 *
 * @param window its name
 */
@EventType("freeze.window-lifted")
public record FreezeWindowLifted(String calendar, String window, String liftedBy, String reason, Instant at)
        implements FreezeEvent {}
