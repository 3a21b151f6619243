package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.tricolor.deploy.orchestrator.Orchestrator.End;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Lack;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objects as the documentation of Kubernetes and its clusters write them. */
class KubernetesReadingTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    2; 2; 2; 2; 2; false
                    2; 1; 2; 2; 2; true
                    2; 2; 3; 2; 2; true
                    2; 2; 2; 1; 2; true
                    2; 2; 2; 2; 1; true
                    """)
    void a_change_is_over_when_the_newest_definition_was_seen_and_all_are_ready(
            long generation, long observed, int replicas, int updated, int ready, boolean changing) {
        String json = """
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w","generation":%d},"spec":{"replicas":2},
                 "status":{"observedGeneration":%d,"replicas":%d,"updatedReplicas":%d,"readyReplicas":%d}}""";
        Deployment deployment = Serialization.unmarshal(
                json.formatted(generation, observed, replicas, updated, ready), Deployment.class);
        assertThat(KubernetesReading.isChanging(deployment)).isEqualTo(changing);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            "phase":"Running","conditions":[{"type":"Ready","status":"True"}]; HEALTHY
            "phase":"Running","conditions":[{"type":"Ready","status":"False"}]; UNHEALTHY
            "phase":"Running","conditions":[{"type":"Ready","status":"Unknown"}]; UNKNOWN
            "phase":"Unknown"; UNKNOWN
            "phase":"Pending"; UNHEALTHY
            """)
    void health_is_what_the_pod_says(String status, Health health) {
        assertThat(read(pod("p", "d1", status)).tasks())
                .extracting(Task::health)
                .containsExactly(health);
    }

    @Test
    void one_of_another_definition_is_not_current_and_one_that_has_ended_is_none() {
        RunningService service =
                read(pod("old", "d0", "\"phase\":\"Running\""), pod("gone", "d1", "\"phase\":\"Failed\""));
        assertThat(service.tasks())
                .singleElement()
                .satisfies(task -> assertThat(task.current()).isFalse());
        assertThat(service.lastEnd()).extracting(End::instanceId).isEqualTo("gone");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            0/3 nodes are available: 3 Insufficient cpu.; CPU
            0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint {a: b}.; MEMORY
            0/3 nodes are available: 3 Insufficient ephemeral-storage.; DISK
            0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.; PORTS
            0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.; SUITABILITY
            """)
    void one_that_no_machine_takes_is_not_running_and_says_what_lacks(String message, Lack lack) {
        String status = """
                "phase":"Pending","conditions":[
                 {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"%s"}]""";
        RunningService service = read(pod("p", "d1", status.formatted(message)));
        assertThat(service.tasks()).isEmpty();
        assertThat(service.waiting().lacks()).containsExactly(lack);
        assertThat(service.waiting().words()).isEqualTo(message);
    }

    @Test
    void pods_that_a_quota_forbids_are_told_with_its_words() {
        Deployment deployment =
                deployment(",\"status\":{\"conditions\":[{\"type\":\"ReplicaFailure\",\"status\":\"True\","
                        + "\"reason\":\"FailedCreate\",\"message\":\"exceeded quota: small\"}]}");
        RunningService service = KubernetesReading.running(deployment, List.of(), NOW);
        assertThat(service.waiting().lacks()).containsExactly(Lack.SUITABILITY);
        assertThat(service.waiting().words()).isEqualTo("exceeded quota: small");
    }

    @Test
    void an_image_that_cannot_be_had_is_so_now() {
        assertThat(read(pod("p", "d1", """
                "containerStatuses":[{"name":"main","restartCount":0,"state":{"waiting":{
                 "reason":"ImagePullBackOff","message":"Back-off pulling image \\"x\\""}}}]""")).lastEnd())
                .isEqualTo(new End(
                        "p", "ImagePullBackOff", "failed to pull the image: Back-off pulling image \"x\"", NOW));
    }

    @Test
    void a_container_that_was_started_again_names_the_run_that_ended() {
        String status = """
                "containerStatuses":[{"name":"main","restartCount":2,"state":{%s},
                 "lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-01-01T00:09:00Z"}}}]""";
        assertThat(read(pod("p", "d1", status.formatted("\"running\":{}"))).lastEnd())
                .isEqualTo(new End(
                        "p~2",
                        "OOMKilled",
                        "OOMKilled: it needed more than its memory, exit code 137",
                        Instant.parse("2026-01-01T00:09:00Z")));
        String waiting = "\"waiting\":{\"reason\":\"CrashLoopBackOff\"}";
        assertThat(read(pod("p", "d1", status.formatted(waiting))).lastEnd())
                .extracting(End::instanceId, End::state)
                .containsExactly("p~2", "CrashLoopBackOff");
    }

    @Test
    void an_artifact_that_was_not_fetched_says_why() {
        assertThat(fetched(3, "")).isEqualTo("failed to fetch the artifact: its sha256 is not the pinned one");
        assertThat(fetched(4, "curl: (7) refused")).isEqualTo("failed to fetch the artifact: curl: (7) refused");
        assertThat(read(pod("p", "d1", """
                "initContainerStatuses":[{"name":"artifact","restartCount":1,
                 "lastState":{"terminated":{"exitCode":4}},"state":{"terminated":{"exitCode":0}}}]""")).lastEnd())
                .as("it was fetched in the end")
                .isNull();
    }

    private static String fetched(int status, String message) {
        String json = """
                "initContainerStatuses":[{"name":"artifact","restartCount":0,
                 "state":{"terminated":{"exitCode":%d,"reason":"Error"%s}}}]""";
        String words = message.isEmpty() ? "" : ",\"message\":\"" + message + "\"";
        End end = read(pod("p", "d1", json.formatted(status, words))).lastEnd();
        return end == null ? "" : end.message();
    }

    @Test
    void names_are_short_and_each_services_own() {
        String longest = "a".repeat(40);
        ServiceKey key = new ServiceKey(longest, "A".repeat(16), longest);
        assertThat(KubernetesNames.name(key)).hasSizeLessThanOrEqualTo(63);
        assertThat(Stream.of(
                                new ServiceKey("shop-a", "A", "web"),
                                new ServiceKey("shop", "A", "a-web"),
                                new ServiceKey("shop", "AA", "web"),
                                key,
                                new ServiceKey(longest, "A".repeat(16), longest.substring(1)),
                                new ServiceKey(longest.substring(1), "A".repeat(16), longest))
                        .map(KubernetesNames::name))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z]([-a-z0-9]*[a-z0-9])?"));
    }

    private static RunningService read(Pod... pods) {
        return KubernetesReading.running(deployment(""), List.of(pods), NOW);
    }

    private static Deployment deployment(String more) {
        String json = """
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w","generation":1,
                 "annotations":{"tricolor.io/digest":"d1"}},"spec":{"replicas":1}%s}""";
        return Serialization.unmarshal(json.formatted(more), Deployment.class);
    }

    private static Pod pod(String name, String digest, String status) {
        String json = """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","creationTimestamp":"2026-01-01T00:00:00Z",
                 "annotations":{"tricolor.io/digest":"%s"}},"spec":{"containers":[
                 {"name":"main","ports":[{"name":"http","containerPort":8080}]}]},"status":{%s}}""";
        return Serialization.unmarshal(json.formatted(name, digest, status), Pod.class);
    }
}
