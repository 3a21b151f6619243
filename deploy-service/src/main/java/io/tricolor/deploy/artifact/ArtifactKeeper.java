package io.tricolor.deploy.artifact;

import io.prometheus.client.Gauge;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.deployment.query.DeploymentStreams;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Keeps the store of content in order: what any release names that a cluster ever had, and may go back to, is there and
 * stays; of the rest no more than is allowed. Every instance of the service has what the present releases need.
 */
@Component
class ArtifactKeeper implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ArtifactKeeper.class);

    private static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final Duration ABANDONED = Duration.ofDays(1);

    private static final Gauge BYTES = Gauge.build(
                    "tricolor_deploy_artifacts_bytes", "Size of the content that is kept")
            .register();
    private static final Gauge COUNT = Gauge.build("tricolor_deploy_artifacts", "Pieces of content that are kept")
            .register();

    private final Artifacts artifacts;
    private final ArtifactProperties properties;
    private final DeploymentStreams streams;
    private final InstantSource clock;
    private final Loop loop;

    ArtifactKeeper(
            Artifacts artifacts,
            ArtifactProperties properties,
            DeploymentStreams streams,
            InstantSource clock,
            ProgressWatch watch) {
        this.artifacts = artifacts;
        this.properties = properties;
        this.streams = streams;
        this.clock = clock;
        this.loop = Loop.named("artifact-keeper", this::turn)
                .every(INTERVAL)
                .auxiliary()
                .build(watch);
    }

    /** By which clusters' releases content is named, by its hash. Blocking. */
    Map<String, SortedSet<String>> named() {
        Map<String, SortedSet<String>> named = new TreeMap<>();
        for (String id : streams.ids()) {
            for (Artifact.File file : streams.artifactsEver(id)) {
                named.computeIfAbsent(file.sha256(), hash -> new TreeSet<>()).add(id);
            }
        }
        return named;
    }

    private void turn() throws IOException {
        ContentStore store = artifacts.store().orElse(null);
        if (store == null) {
            return;
        }
        for (String id : streams.ids()) {
            streams.current(id)
                    .ifPresent(state -> state.manifest().services().forEach(service -> {
                        if (state.wanted(service.name()) > 0) {
                            Artifacts.Check check = artifacts.check(service.artifact());
                            log.debug("{}/{}: {}", id, service.name(), check);
                        }
                    }));
            loop.moved();
        }
        List<String> removed = store.evict(named().keySet(), properties.keep().toBytes());
        if (!removed.isEmpty()) {
            log.info("content that no release names was removed: {}", removed);
        }
        store.forgetPartial(clock.instant().minus(ABANDONED));
        List<ContentStore.Entry> entries = store.entries();
        COUNT.set(entries.size());
        BYTES.set((double) entries.stream().mapToLong(ContentStore.Entry::bytes).sum());
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
