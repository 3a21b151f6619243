package io.tricolor.contracts.freeze;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** Facts about the calendar of freeze windows, on topic {@code tricolor.planning.events.v1}, key calendar. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface FreezeEvent permits FreezeWindowSet, FreezeWindowLifted {

    /** Stream identifier; there is one calendar, {@code freeze.calendar}. */
    String calendar();
}
