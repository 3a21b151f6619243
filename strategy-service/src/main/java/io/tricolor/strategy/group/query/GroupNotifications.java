package io.tricolor.strategy.group.query;

import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Tells that something about a group changed, so that whoever waits looks again at once: events of any instance, as
 * {@link GroupScanner} finds
 * them, and reports and observations that came in here. Only a hint: it may be missed, and whoever needs to be sure
 * looks from time to
 * time anyway.
 */
@Component
public class GroupNotifications {

    private final Sinks.Many<String> changed = Sinks.many().multicast().directBestEffort();

    /** Nobody listens yet. */
    public GroupNotifications() {}

    /** Something changed, in the stream or beside it. */
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
