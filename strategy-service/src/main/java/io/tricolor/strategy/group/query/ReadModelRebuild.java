package io.tricolor.strategy.group.query;

import io.tricolor.kit.eventstore.Rebuilds;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the read models anew from the stream, and shows that they equal what is there. Blocking. */
@Component
public class ReadModelRebuild {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final GroupStreams streams;
    private final GroupReadModels readModels;
    private final Rebuilds rebuilds;
    private final JsonMapper json = ContractsJson.mapper();

    ReadModelRebuild(GroupStreams streams, GroupReadModels readModels, Rebuilds rebuilds) {
        this.streams = streams;
        this.readModels = readModels;
        this.rebuilds = rebuilds;
    }

    /**
     * What a rebuild of one group from its stream gave.
     *
     * @param events in the stream
     * @param version the rebuilt state is at
     * @param equalsLive whether the live state, its rollback points and its running upgrade equal the rebuilt ones
     * @param differences where they differ, as JSON pointers
     */
    public record Comparison(String groupId, long events, long version, boolean equalsLive, List<String> differences) {}

    /**
     * Folds the stream from its first event and compares the result with the read models, which may first take a moment
     * to catch up.
     */
    public Comparison compare(String groupId) {
        GroupStreams.Rebuilt rebuilt = streams.rebuild(groupId);
        GroupState live = caughtUp(groupId, rebuilt.state().version());
        if (live != null && live.version() > rebuilt.state().version()) {
            // Something was appended in between: what is compared must be of one moment.
            rebuilt = new GroupStreams.Rebuilt(streams.atSequence(groupId, live.version()), live.version() + 1);
        }
        List<String> differences = new ArrayList<>();
        differ("", json.valueToTree(rebuilt.state()), json.valueToTree(live), differences);
        Upgrade upgrade = rebuilt.state().upgrade();
        if (upgrade != null && readModels.upgrade(groupId, upgrade.upgradeId()).isEmpty()) {
            differences.add("/upgrades: " + upgrade.upgradeId() + " is missing");
        }
        return new Comparison(groupId, rebuilt.events(), rebuilt.state().version(), differences.isEmpty(), differences);
    }

    private @Nullable GroupState caughtUp(String groupId, long version) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        GroupState live = readModels.state(groupId).orElse(null);
        while ((live == null || live.version() < version) && System.nanoTime() < deadline) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return live;
            }
            live = readModels.state(groupId).orElse(null);
        }
        return live;
    }

    private static void differ(String path, @Nullable JsonNode a, @Nullable JsonNode b, List<String> differences) {
        if (java.util.Objects.equals(a, b)) {
            return;
        }
        if (a == null || b == null || !a.isObject() || !b.isObject()) {
            differences.add(path.isEmpty() ? "/" : path);
            return;
        }
        Set<String> names = new TreeSet<>(a.propertyNames());
        names.addAll(b.propertyNames());
        names.forEach(name -> differ(path + "/" + name, a.get(name), b.get(name), differences));
    }

    /** Fills the read models anew from the first event on, behind the old ones. Returns before it is done. */
    public void start() {
        rebuilds.start(GroupReadModels.PROCESSING_GROUP);
    }
}
