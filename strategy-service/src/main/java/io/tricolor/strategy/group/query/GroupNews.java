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
@ProcessingGroup("group-news")
public class GroupNews {

    private final Sinks.Many<String> news = Sinks.many().multicast().directBestEffort();

    GroupNews() {}

    @EventHandler
    void on(ClusterGroupEvent event) {
        tell(event.groupId());
    }

    /** Something that is not in the stream changed: a report, a sighting. */
    public void tell(String groupId) {
        synchronized (news) {
            news.tryEmitNext(groupId);
        }
    }

    /** Ids of groups about which there is news from now on. */
    public Flux<String> changes() {
        return news.asFlux();
    }
}
