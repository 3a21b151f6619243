package io.tricolor.strategy.scaling.query;

import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.strategy.scaling.domain.GroupScaling;
import io.tricolor.strategy.scaling.domain.ScalingRules;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.axonframework.eventhandling.TrackedDomainEventData;
import org.springframework.stereotype.Component;

/**
 * Rules of groups, from their streams: what is known, and what was appended since. Blocking; {@link #groups} is for one
 * thread.
 */
@Component
public class ScalingStreams {

    private static final int PAGE = 500;

    private final StreamReader reader;
    private final ConcurrentMap<String, ScalingRules> newest = new ConcurrentHashMap<>();
    private final Set<String> streams = new TreeSet<>();
    private long position = -1;

    ScalingStreams(StreamReader reader) {
        this.reader = reader;
    }

    /** The rules of a group now. */
    public ScalingRules of(String groupId) {
        ScalingRules known = newest.getOrDefault(groupId, ScalingRules.NONE);
        ScalingRules[] rules = {known};
        reader.forEach(
                ScalingRules.streamOf(groupId),
                known.version() + 1,
                event -> rules[0] = rules[0].evolve((ScalingEvent) event.payload()));
        if (rules[0].version() < 0) {
            return ScalingRules.NONE;
        }
        return newest.merge(groupId, rules[0], (a, b) -> a.version() >= b.version() ? a : b);
    }

    /** The newest decisions about a service, the newest first, at most {@code limit}. */
    public List<ScalingDecided> decisions(String groupId, String service, int limit) {
        Deque<ScalingDecided> found = new ArrayDeque<>();
        reader.forEach(ScalingRules.streamOf(groupId), 0, event -> {
            if (event.payload() instanceof ScalingDecided decided
                    && decided.service().equals(service)) {
                found.addFirst(decided);
                if (found.size() > limit) {
                    found.removeLast();
                }
            }
        });
        return List.copyOf(found);
    }

    /** Every group that ever had a rule. */
    public Set<String> groups() {
        if (position < 0) {
            long head = reader.headPosition();
            String after = null;
            List<String> page;
            do {
                page = reader.aggregateIds(GroupScaling.TYPE, after, PAGE);
                streams.addAll(page);
                after = page.isEmpty() ? null : page.getLast();
            } while (page.size() == PAGE);
            position = head;
        }
        List<TrackedDomainEventData<byte[]>> stored;
        do {
            stored = reader.stored(position + 1, PAGE);
            for (TrackedDomainEventData<byte[]> event : stored) {
                if (GroupScaling.TYPE.equals(event.getType())) {
                    streams.add(event.getAggregateIdentifier());
                }
                position = event.trackingToken().position().orElseThrow();
            }
        } while (stored.size() == PAGE);
        return streams.stream().map(ScalingRules::groupOf).collect(Collectors.toCollection(TreeSet::new));
    }
}
