package io.tricolor.kit.eventstore;

import java.util.List;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;

/** An event store whose readers can be told that another process has appended. */
final class WokenEventStore extends EmbeddedEventStore {

    WokenEventStore(Builder builder) {
        super(builder);
    }

    /** Lets the readers at the end of the store look again at once, as they do after an append of this process. */
    void wake() {
        afterCommit(List.of());
    }
}
