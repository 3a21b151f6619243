package io.tricolor.deploy.deployment.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.contracts.deployment.DeploymentFailed;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.deployment.InstancesChanged;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.GiveUp;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.RecordCounts;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.TakeUp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeploymentsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private DeploymentState state;

    @Test
    void takes_up_a_newer_desired_state_once_and_refuses_an_older_one() {
        assertThat(handle(desire(5, 2))).hasExactlyElementsOfTypes(DeploymentDesired.class);
        assertThat(handle(desire(5, 2))).isEmpty();
        assertThat(handle(desire(6, 0))).hasExactlyElementsOfTypes(DeploymentDesired.class);
        Rejected refused = catchThrowableOfType(Rejected.class, () -> handle(desire(5, 2)));
        assertThat(refused.rejection().code()).isEqualTo(Code.STALE_FENCE);
        assertThat(state.wanted("web")).isZero();
    }

    @Test
    void refuses_another_desired_state_of_the_same_order_and_keeps_the_first() {
        handle(desire(5, 2));
        Rejected refused = catchThrowableOfType(Rejected.class, () -> handle(desire(5, 0)));
        assertThat(refused.rejection().code()).isEqualTo(Code.STALE_FENCE);
        assertThat(refused.rejection().message()).contains("digest-of-0", "digest-of-2");
        assertThat(state.wanted("web")).isEqualTo(2);
        assertThat(state.digest()).isEqualTo("digest-of-2");
    }

    @Test
    void a_new_epoch_counts_whatever_its_fence() {
        handle(desire(0, 50, 2));
        assertThat(handle(desire(1, 3, 1))).hasExactlyElementsOfTypes(DeploymentDesired.class);
        assertThat(state.order()).isEqualTo(new Order(1, 3));
        Rejected refused = catchThrowableOfType(Rejected.class, () -> handle(desire(0, 51, 0)));
        assertThat(refused.rejection().code()).isEqualTo(Code.STALE_FENCE);
        assertThat(state.wanted("web")).isEqualTo(1);
        assertThat(handle(counts(3, 9, 9))).as("counted for another epoch").isEmpty();
    }

    @Test
    void records_counts_when_they_change_and_knows_when_the_desired_state_is_met() {
        handle(desire(5, 2));
        assertThat(handle(counts(5, 2, 1))).hasExactlyElementsOfTypes(InstancesChanged.class);
        assertThat(state.met()).isFalse();
        assertThat(handle(counts(5, 2, 1))).isEmpty();
        handle(counts(5, 2, 2));
        assertThat(state.met()).isTrue();
        handle(counts(5, 2, 1));
        assertThat(state.met()).as("was met once").isTrue();
        handle(desire(6, 0));
        assertThat(state.met()).isFalse();
        assertThat(state.running()).as("they still run").containsEntry("web", 2);
    }

    @Test
    void ignores_what_was_seen_for_another_desired_state() {
        handle(desire(6, 2));
        assertThat(handle(counts(5, 2, 2))).isEmpty();
        assertThat(handle(giveUp(5))).isEmpty();
    }

    @Test
    void gives_a_desired_state_up_once_and_starts_anew_with_the_next() {
        handle(desire(5, 2));
        assertThat(handle(giveUp(5))).hasExactlyElementsOfTypes(DeploymentFailed.class);
        assertThat(handle(giveUp(5))).isEmpty();
        assertThat(state.failure()).isNotNull();
        handle(desire(6, 2));
        assertThat(state.failure()).isNull();
    }

    @Test
    void has_nothing_to_record_before_the_first_desired_state() {
        Rejected refused = catchThrowableOfType(Rejected.class, () -> handle(counts(1, 1, 1)));
        assertThat(refused.rejection().code()).isEqualTo(Code.DEPLOYMENT_NOT_FOUND);
    }

    private List<ClusterDeploymentEvent> handle(DeploymentCommand command) {
        List<ClusterDeploymentEvent> events = Deployments.decide(state, command);
        events.forEach(event -> state = Deployments.evolve(state, event));
        return events;
    }

    private static TakeUp desire(long fence, int instances) {
        return desire(0, fence, instances);
    }

    private static TakeUp desire(long epoch, long fence, int instances) {
        return TakeUp.of(
                new EnsureCluster(
                        "shop/B/" + fence,
                        "shop",
                        "B",
                        epoch,
                        fence,
                        "digest-of-" + instances,
                        manifest("1"),
                        new TreeMap<>(Map.of("web", instances)),
                        new TreeMap<>(),
                        null,
                        null),
                NOW);
    }

    public static Manifest manifest(String version) {
        return new Manifest(
                version,
                List.of(new ServiceManifest(
                        "web",
                        new Artifact.File("file:/srv/shop.jar", "a".repeat(64)),
                        List.of("java", "-jar", "shop.jar"),
                        new TreeMap<>(),
                        null,
                        0.1,
                        64,
                        null,
                        null,
                        null)));
    }

    private static RecordCounts counts(long fence, int running, int healthy) {
        return new RecordCounts(
                "shop/B",
                new Order(0, fence),
                new TreeMap<>(Map.of("web", running)),
                new TreeMap<>(Map.of("web", healthy)),
                NOW);
    }

    private static GiveUp giveUp(long fence) {
        return new GiveUp("shop/B", new Order(0, fence), new Rejection(Code.DEADLINE_EXPIRED, "late"), NOW);
    }
}
