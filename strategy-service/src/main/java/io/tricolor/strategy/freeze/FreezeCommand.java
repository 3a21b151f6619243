package io.tricolor.strategy.freeze;

import io.tricolor.contracts.freeze.FreezeWindow;
import java.time.Instant;

/** What can be asked of the calendar. */
sealed interface FreezeCommand {

    /** Who asks. */
    String actor();

    /** When. */
    Instant at();

    /** Set a window that is not there yet. */
    record Add(FreezeWindow window, String actor, Instant at) implements FreezeCommand {}

    /** Set a window in place of the one of the same name, or a new one. */
    record Put(FreezeWindow window, String actor, Instant at) implements FreezeCommand {}

    /** Take a window away. */
    record Lift(String window, String reason, String actor, Instant at) implements FreezeCommand {}
}
