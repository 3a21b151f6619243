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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * States of groups, folded from their streams: now, or as they were. Blocking; call it off the event loop. The
 * present states of the groups
 * that were asked for lately are remembered, and each call reads only what was appended since.
 */
@Component
public class GroupStreams {

    private static final int REMEMBERED = 2_000;
    private static final int READ_AT_ONCE = 500;

    private final StreamReader reader;
    private final GroupReadModels readModels;
    private final Map<String, GroupState> newest = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, GroupState> eldest) {
            return size() > REMEMBERED;
        }
    };

    GroupStreams(StreamReader reader, GroupReadModels readModels) {
        this.reader = reader;
        this.readModels = readModels;
    }

    /**
     * The state after every event that is committed by now; empty when the group never was. Deleted groups are there,
     * marked.
     */
    public Optional<GroupState> current(String groupId) {
        GroupState known = known(groupId);
        Fold fold = new Fold(known);
        reader.forEach(groupId, known == null ? 0 : known.version() + 1, fold::take);
        if (fold.state != null) {
            GroupState folded = fold.state;
            synchronized (newest) {
                newest.merge(groupId, folded, (a, b) -> a.version() >= b.version() ? a : b);
            }
        }
        return Optional.ofNullable(fold.state);
    }

    /** A state to go on from, however long the stream before it is: one of lately, or that of the read model. */
    private @Nullable GroupState known(String groupId) {
        synchronized (newest) {
            GroupState known = newest.get(groupId);
            if (known != null) {
                return known;
            }
        }
        return readModels.state(groupId).orElse(null);
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
        long next = fold.state == null ? 0 : fold.state.version() + 1;
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
        long next = fold.state == null ? 0 : fold.state.version() + 1;
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
