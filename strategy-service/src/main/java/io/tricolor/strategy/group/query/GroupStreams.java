package io.tricolor.strategy.group.query;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.axonframework.eventhandling.TrackedDomainEventData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * States of groups, folded from their streams: now, or as they were. Blocking; call it off the event loop. The present
 * states of the groups that were asked for lately are remembered, and kept up to date by {@link NewestEvents}.
 */
@Component
public class GroupStreams implements NewestEvents.Follower {

    private static final Logger log = LoggerFactory.getLogger(GroupStreams.class);

    private static final int REMEMBERED = 2_000;
    private static final int READ_AT_ONCE = 500;

    private final StreamReader reader;
    private final GroupReadModels readModels;
    private final NewestEvents events;
    private final Map<String, GroupState> newest = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, GroupState> eldest) {
            return size() > REMEMBERED;
        }
    };

    GroupStreams(StreamReader reader, GroupReadModels readModels, NewestEvents events) {
        this.reader = reader;
        this.readModels = readModels;
        this.events = events;
        events.addFollower(this);
    }

    /**
     * The state after every event that is committed by now; empty when the group never was. Deleted groups are there,
     * marked.
     */
    public Optional<GroupState> current(String groupId) {
        events.catchUp();
        return takenIn(groupId);
    }

    /** The same as of when {@link NewestEvents#catchUp} was called last, by anybody. */
    public Optional<GroupState> takenIn(String groupId) {
        Object beginning = events.beginning();
        synchronized (newest) {
            GroupState known = newest.get(groupId);
            if (known != null) {
                return Optional.of(known);
            }
        }
        Fold fold = new Fold(readModels.state(groupId).orElse(null));
        reader.forEach(groupId, fold.next(), fold::take);
        GroupState read = fold.state;
        if (read != null && beginning != null) {
            synchronized (newest) {
                // What is older than an event that was taken in meanwhile would stay old.
                if (beginning.equals(events.beginning()) && read.version() >= events.newestSequence(groupId)) {
                    newest.merge(groupId, read, (a, b) -> a.version() >= b.version() ? a : b);
                }
            }
        }
        return Optional.ofNullable(read);
    }

    @Override
    public void appended(String groupId, List<TrackedDomainEventData<byte[]>> appended) {
        GroupState known;
        synchronized (newest) {
            known = newest.get(groupId);
        }
        if (known == null) {
            return;
        }
        GroupState state = null;
        try {
            state = after(known, appended);
        } catch (RuntimeException e) { // whoever asks for this group gets it; the others are not held up
            log.warn("the newest events of {} cannot be read: {}", groupId, e.toString());
        }
        synchronized (newest) {
            if (state == null) {
                newest.remove(groupId);
            } else {
                newest.merge(groupId, state, (a, b) -> a.version() >= b.version() ? a : b);
            }
        }
    }

    /** Null when events between are missing. */
    private @Nullable GroupState after(GroupState known, List<TrackedDomainEventData<byte[]>> appended) {
        List<TrackedDomainEventData<byte[]>> fresh = appended.stream()
                .filter(event -> event.getSequenceNumber() > known.version())
                .toList();
        if (fresh.isEmpty()) {
            return known;
        }
        if (fresh.getFirst().getSequenceNumber() != known.version() + 1) {
            return null;
        }
        Fold fold = new Fold(known);
        reader.decode(fresh).forEach(fold::take);
        return fold.state;
    }

    @Override
    public void startedOver() {
        synchronized (newest) {
            newest.clear();
        }
    }

    /** The same; {@link Rejected} with GROUP_NOT_FOUND when there is no such group, or no longer. */
    public GroupState existing(String groupId) {
        return current(groupId)
                .filter(state -> !state.deleted())
                .orElseThrow(() -> new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + groupId));
    }

    /**
     * The state after the event at {@code sequence}; GROUP_NOT_FOUND before the first, the newest one after the last.
     */
    public GroupState atSequence(String groupId, long sequence) {
        Fold fold = new Fold(readModels.stateUpTo(groupId, sequence).orElse(null));
        long next = fold.next();
        // Exactly those that are needed: what is read is decoded.
        long missing = Math.min(sequence - next, Long.MAX_VALUE - 1) + 1;
        if (missing > 0 && missing <= READ_AT_ONCE) {
            reader.read(groupId, next, Math.toIntExact(missing)).forEach(fold::take);
        } else if (missing > 0) {
            reader.forEachWhile(groupId, next, event -> fold.takeIf(event, event.sequence() <= sequence));
        }
        return fold.found(groupId, "at sequence " + sequence);
    }

    /**
     * The state before the first event that was recorded after {@code instant}; GROUP_NOT_FOUND before the very first.
     * Events are in the order of the stream, whatever the clocks said that dated them: when a clock stepped back, what
     * was recorded with an earlier time after that first event is not part of it.
     */
    public GroupState atInstant(String groupId, Instant instant) {
        Fold fold = new Fold(readModels.stateUpTo(groupId, instant).orElse(null));
        long next = fold.next();
        reader.forEachWhile(
                groupId, next, event -> fold.takeIf(event, !event.at().isAfter(instant)));
        return fold.found(groupId, "at " + instant);
    }

    /** A state folded from the first event on, without anything remembered, and how many events that took. */
    public Rebuilt rebuild(String groupId) {
        Fold fold = new Fold(null);
        reader.forEach(groupId, 0, fold::take);
        if (fold.state == null) {
            throw new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + groupId);
        }
        return new Rebuilt(fold.state, fold.events);
    }

    /** A state and the number of events it was folded from. */
    public record Rebuilt(GroupState state, long events) {}

    private static final class Fold {

        private @Nullable GroupState state;
        private long events;

        Fold(@Nullable GroupState from) {
            state = from;
        }

        /** Sequence of the event that is missing. */
        long next() {
            return state == null ? 0 : state.version() + 1;
        }

        /** Whether it was taken in. */
        boolean takeIf(StoredEvent event, boolean isIncluded) {
            if (isIncluded) {
                take(event);
            }
            return isIncluded;
        }

        GroupState found(String groupId, String when) {
            if (state == null) {
                throw new Rejected(Code.GROUP_NOT_FOUND, "there was no cluster group " + groupId + " " + when);
            }
            return state;
        }

        void take(StoredEvent event) {
            state = Evolver.evolve(state, (ClusterGroupEvent) event.payload());
            events++;
        }
    }
}
