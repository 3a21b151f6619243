package io.tricolor.strategy.stream;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a listener is told of a stored event. What the event says is read where it is shown: in the group, or in its
 * history.
 *
 * @param position in the store
 * @param version of the group after it; the value of ETag and If-Match
 * @param sequence in the group's stream, from 0 without holes
 * @param type stored name, for example {@code cluster-group.upgrade-started}
 * @param actor who; null: not recorded
 */
record StreamedEvent(
        @JsonIgnore long position,
        String groupId,
        long version,
        long sequence,
        String type,
        Instant at,
        @Nullable String actor) {}
