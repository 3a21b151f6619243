package io.tricolor.deploy.deployment.query;

import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.deployment.domain.ClusterDeployment;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.deployment.domain.Deployments;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.message.CanonicalJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * States of deployments, folded from their streams. Blocking. The newest state is remembered, and each call reads only
 * what was
 * appended since.
 */
@Component
public class DeploymentStreams {

    private static final int PAGE = 500;

    private final StreamReader reader;
    private final ConcurrentMap<String, DeploymentState> newest = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Ever> ever = new ConcurrentHashMap<>();

    DeploymentStreams(StreamReader reader) {
        this.reader = reader;
    }

    /** The state after every event that is committed by now; empty when there is no such deployment. */
    public Optional<DeploymentState> current(String deploymentId) {
        DeploymentState known = newest.get(deploymentId);
        DeploymentState state = known;
        for (StoredEvent event : events(deploymentId, known == null ? 0 : known.version() + 1)) {
            state = Deployments.evolve(state, withDigest((ClusterDeploymentEvent) event.payload()));
        }
        if (state != null) {
            newest.merge(deploymentId, state, (a, b) -> a.version() >= b.version() ? a : b);
        }
        return Optional.ofNullable(state);
    }

    /** Every desired state that a deployment ever had, the oldest first. */
    public void desired(String deploymentId, Consumer<DeploymentDesired> take) {
        reader.forEach(deploymentId, 0, event -> {
            if (event.payload() instanceof DeploymentDesired desired) {
                take.accept(desired);
            }
        });
    }

    /** The files of all releases that a deployment ever was to have. Reads what was appended since the last call. */
    public Set<Artifact.File> artifactsEver(String deploymentId) {
        Ever known = ever.getOrDefault(deploymentId, new Ever(0, Set.of()));
        Set<Artifact.File> files = new HashSet<>(known.files());
        long next = known.next();
        for (StoredEvent event : events(deploymentId, next)) {
            next++;
            if (event.payload() instanceof DeploymentDesired desired) {
                desired.manifest().services().forEach(service -> {
                    if (service.artifact() instanceof Artifact.File file) {
                        files.add(file);
                    }
                });
            }
        }
        Ever now = new Ever(next, Set.copyOf(files));
        ever.merge(deploymentId, now, (a, b) -> a.next() >= b.next() ? a : b);
        return now.files();
    }

    /**
     * What was read so far.
     *
     * @param next sequence of the first event that was not
     */
    private record Ever(long next, Set<Artifact.File> files) {}

    /** Ids of all deployments, sorted. */
    public List<String> ids() {
        List<String> all = new ArrayList<>();
        String last = null;
        while (true) {
            List<String> page = reader.aggregateIds(ClusterDeployment.TYPE, last, PAGE);
            all.addAll(page);
            if (page.size() < PAGE) {
                return all;
            }
            last = page.getLast();
        }
    }

    /** Deployments whose ids come after {@code after}, by id. */
    public List<DeploymentState> page(@Nullable String after, int limit) {
        return reader.aggregateIds(ClusterDeployment.TYPE, after, limit).stream()
                .flatMap(id -> current(id).stream())
                .toList();
    }

    /** Newest events of a deployment, oldest of them first. */
    public List<StoredEvent> history(DeploymentState state, int limit) {
        return reader.read(state.deploymentId(), Math.max(0, state.version() + 1 - limit), limit);
    }

    /** A desired state that was stored in revision 1 gets the digest that it would have today. */
    static ClusterDeploymentEvent withDigest(ClusterDeploymentEvent event) {
        return event instanceof DeploymentDesired e && e.digest().isEmpty()
                ? new DeploymentDesired(
                        e.groupId(),
                        e.cluster(),
                        e.commandId(),
                        e.epoch(),
                        e.fence(),
                        CanonicalJson.digestOfDesiredState(e.manifest(), e.instances(), e.withdrawn()),
                        e.manifest(),
                        e.instances(),
                        e.withdrawn(),
                        e.deadline(),
                        e.upgradeId(),
                        e.at())
                : event;
    }

    private List<StoredEvent> events(String deploymentId, long from) {
        List<StoredEvent> events = new ArrayList<>();
        reader.forEach(deploymentId, from, events::add);
        return events;
    }
}
