package io.tricolor.strategy.stream;

import java.util.List;

/**
 * Events in order of position.
 *
 * @param upTo up to this position (inclusive) everything was looked at: go on from here
 * @param complete whether there was nothing more after {@code upTo}
 */
record EventPage(long upTo, List<StreamedEvent> events, boolean complete) {}
