package io.tricolor.strategy.group.query;

import io.tricolor.strategy.group.domain.GroupState;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Some states of the past, from which others are folded on: what happened does not change. So many are kept in all, and
 * those go first that were not used for the longest time. Any thread may call it.
 */
final class PastStates {

    private final int distance;
    private final int most;
    private final Map<Key, PastState> states = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, PastState> eldest) {
            return size() > most;
        }
    };

    private record Key(String groupId, long version) {}

    /**
     * A state that a group had.
     *
     * @param latest of the times of all events up to here; clocks step back now and then, so it need not be the last
     *     one's
     */
    record PastState(GroupState state, Instant latest) {}

    /**
     * @param distance of two kept states of a group, in events
     * @param most states kept, of all groups together
     */
    PastStates(int distance, int most) {
        this.distance = distance;
        this.most = most;
    }

    /** The newest kept state of a group of which that is true. */
    synchronized Optional<PastState> newest(String groupId, Predicate<PastState> isBefore) {
        Optional<PastState> found = states.entrySet().stream()
                .filter(kept -> kept.getKey().groupId().equals(groupId))
                .map(Map.Entry::getValue)
                .filter(isBefore)
                .max(Comparator.comparingLong(kept -> kept.state().version()));
        found.ifPresent(kept -> states.get(new Key(groupId, kept.state().version())));
        return found;
    }

    /** May be kept. */
    synchronized void offer(PastState past) {
        GroupState state = past.state();
        if ((state.version() + 1) % distance == 0) {
            states.put(new Key(state.groupId(), state.version()), past);
        }
    }
}
