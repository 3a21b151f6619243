package io.tricolor.strategy.group.query;

import io.tricolor.contracts.group.ClusterGroupEvent;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.EventHandler;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Tells that something about a group changed, so that whoever waits looks again at once. Only a hint: it may be missed, and whoever
 * needs to be sure looks from time to time anyway.
 */
@Component
@ProcessingGroup("group-notifications")
public class GroupNotifications {

    private final Sinks.Many<String> changed = Sinks.many().multicast().directBestEffort();

    GroupNotifications() {}

    @EventHandler
    void on(ClusterGroupEvent event) {
        groupChanged(event.groupId());
    }

    /** Something that is not in the stream changed: a report, an observation. */
    public void groupChanged(String groupId) {
        synchronized (changed) {
            changed.tryEmitNext(groupId);
        }
    }

    /** Ids of groups that change from now on. */
    public Flux<String> changes() {
        return changed.asFlux();
    }
}
