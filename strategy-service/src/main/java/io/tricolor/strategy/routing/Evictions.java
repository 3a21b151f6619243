package io.tricolor.strategy.routing;

import io.tricolor.strategy.group.domain.GroupState;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;

/** Boots of routers that were declared gone, by the groups that this instance has seen. */
@Component
public class Evictions {

    private final ConcurrentMap<String, Set<String>> byGroup = new ConcurrentHashMap<>();

    Evictions() {}

    /** Takes in a state of a group. */
    public void saw(GroupState state) {
        if (state.evictedBoots().isEmpty()) {
            byGroup.remove(state.groupId());
        } else {
            byGroup.put(state.groupId(), Set.copyOf(state.evictedBoots()));
        }
    }

    boolean isEvicted(String routerId, String bootId) {
        String boot = routerId + "/" + bootId;
        return byGroup.values().stream().anyMatch(boots -> boots.contains(boot));
    }
}
