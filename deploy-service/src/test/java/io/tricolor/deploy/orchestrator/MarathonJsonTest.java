package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.SampleManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.secret.SecretValues;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class MarathonJsonTest {

    @Test
    void names_apps_so_that_they_can_be_read_back() {
        ServiceKey key = new ServiceKey("shop-eu", "B2", "web-front");
        assertThat(MarathonJson.appId(key)).isEqualTo("/tricolor/shop-eu/b2/web-front");
        assertThat(MarathonJson.key("/tricolor/shop-eu/b2/web-front")).contains(key);
        assertThat(MarathonJson.key("/other/shop/b/web")).isEmpty();
    }

    @Test
    void an_app_gets_its_secrets_and_what_is_told_of_them_is_masked() {
        SecretValues secrets = new SecretValues(Map.of("DB_PASSWORD", "hunter2"));
        Orchestrator.ServiceDefinition definition = new Orchestrator.ServiceDefinition(
                new ServiceKey("shop", "A", "web"),
                SampleManifest.service("0".repeat(64), Map.of("PLAIN", "1")),
                "1",
                "d1",
                1,
                secrets,
                "http://deploy/artifacts/sha256/" + "0".repeat(64) + "/sample.jar");
        assertThat(MarathonJson.app(definition, 5).get("fetch"))
                .isEqualTo(List.of(Map.of(
                        "uri",
                        "http://deploy/artifacts/sha256/" + "0".repeat(64) + "/sample.jar",
                        "extract",
                        false,
                        "cache",
                        true,
                        "sha256",
                        "0".repeat(64))));
        assertThat(MarathonJson.app(definition, 5).get("env").toString())
                .contains("DB_PASSWORD=hunter2", "PLAIN=1", "TRICOLOR_DIGEST=d1");
        assertThat(definition.toString()).doesNotContain("hunter2");
        assertThat(secrets.masked("value hunter2 at /env/DB_PASSWORD")).isEqualTo("value ****** at /env/DB_PASSWORD");
    }

    @Test
    void hands_on_the_revision_of_configuration_that_the_manifest_binds() {
        ServiceManifest unbound = SampleManifest.service("0".repeat(64), Map.of());
        ServiceManifest bound = new ServiceManifest(
                unbound.name(),
                unbound.artifact(),
                unbound.args(),
                unbound.env(),
                unbound.secretEnv(),
                unbound.instances(),
                unbound.cpus(),
                unbound.memoryMiB(),
                unbound.healthCheck(),
                "shop/prod/main@3",
                unbound.scriptRevision());
        ServiceKey key = new ServiceKey("shop", "A", "web");
        assertThat(environment(new Orchestrator.ServiceDefinition(key, bound, "1", "d1", 1)))
                .contains("TRICOLOR_CONFIG_REVISION=shop/prod/main@3");
        assertThat(environment(new Orchestrator.ServiceDefinition(key, unbound, "1", "d1", 1)))
                .doesNotContain("TRICOLOR_CONFIG_REVISION");
    }

    private static String environment(Orchestrator.ServiceDefinition definition) {
        return String.valueOf(MarathonJson.app(definition, 5).get("env"));
    }

    @Test
    void takes_no_result_for_unhealthy_and_an_older_version_for_not_current() {
        RunningService service = MarathonJson.running(new JsonMapper().readTree("""
                {"id":"/tricolor/shop/a/web","instances":3,"deployments":[{"id":"d"}],"env":{"TRICOLOR_DIGEST":"d1"},
                 "versionInfo":{"lastConfigChangeAt":"2026-01-01T00:00:02.000Z"},
                 "tasks":[
                  {"id":"t1","state":"TASK_RUNNING","host":"h","ports":[1],"version":"2026-01-01T00:00:02.000Z","healthCheckResults":[{"alive":true}]},
                  {"id":"t2","state":"TASK_RUNNING","host":"h","ports":[2],"version":"2026-01-01T00:00:01.000Z","healthCheckResults":[{"alive":true}]},
                  {"id":"t3","state":"TASK_RUNNING","host":"h","ports":[3],"version":"2026-01-01T00:00:02.000Z"},
                  {"id":"t4","state":"TASK_RUNNING","host":"h","ports":[4],"version":"2026-01-01T00:00:03.000Z","healthCheckResults":[{"alive":true},{"alive":false}]},
                  {"id":"t5","state":"TASK_FINISHED","host":"h","ports":[5],"version":"2026-01-01T00:00:02.000Z"}]}"""));
        assertThat(service.digest()).isEqualTo("d1");
        assertThat(service.changing()).isTrue();
        assertThat(service.tasks()).extracting(Orchestrator.Task::id).containsExactly("t1", "t2", "t3", "t4");
        assertThat(service.tasks()).extracting(Orchestrator.Task::healthy).containsExactly(true, true, false, false);
        assertThat(service.tasks()).extracting(Orchestrator.Task::current).containsExactly(true, false, true, true);
    }

    @Test
    void counts_what_it_has_lost_sight_of_as_running_and_as_neither_healthy_nor_not() {
        RunningService service = MarathonJson.running(new JsonMapper().readTree("""
                {"id":"/tricolor/shop/a/web","instances":3,
                 "tasks":[
                  {"id":"t1","state":"TASK_UNREACHABLE","healthCheckResults":[{"alive":true}]},
                  {"id":"t2","state":"TASK_RUNNING"},
                  {"id":"t3","state":"TASK_KILLING","healthCheckResults":[{"alive":true}]},
                  {"id":"t4","state":"TASK_UNKNOWN"},
                  {"id":"t5","state":"TASK_STAGING"},
                  {"id":"t6","state":"TASK_LOST"},
                  {"id":"t7","state":"TASK_GONE_BY_OPERATOR"}]}"""));
        assertThat(service.tasks())
                .extracting(task -> task.id() + " " + task.health())
                .containsExactly("t1 UNKNOWN", "t2 UNKNOWN", "t3 UNHEALTHY", "t4 UNKNOWN", "t5 UNHEALTHY");
    }

    @Test
    void tells_how_an_instance_of_the_present_definition_ended() {
        String app = """
                {"id":"/tricolor/shop/a/web","instances":1,"tasks":[],
                 "versionInfo":{"lastConfigChangeAt":"2026-01-01T00:00:02.000Z"},
                 "lastTaskFailure":{"taskId":"t1","state":"TASK_FAILED","message":"exit status 1",
                   "timestamp":"2026-01-01T00:00:05.000Z","version":"%s"}}""";
        Orchestrator.End end = MarathonJson.running(
                        new JsonMapper().readTree(app.formatted("2026-01-01T00:00:02.000Z")))
                .lastEnd();
        assertThat(end)
                .isEqualTo(new Orchestrator.End(
                        "t1", "TASK_FAILED", "exit status 1", Instant.parse("2026-01-01T00:00:05Z")));
        assertThat(MarathonJson.running(new JsonMapper().readTree(app.formatted("2026-01-01T00:00:01.000Z")))
                        .lastEnd())
                .as("of an older one")
                .isNull();
    }

    @Test
    void tells_why_instances_have_not_been_started() {
        var waiting = MarathonJson.waiting(new JsonMapper().readTree("""
                {"queue":[
                 {"app":{"id":"/a"},"since":"2026-01-01T00:00:05.000Z","delay":{"timeLeftSeconds":0,"overdue":true},
                  "processedOffersSummary":{"processedOffersCount":5,"rejectSummaryLastOffers":[
                   {"reason":"InsufficientMemory","declined":5,"processed":5},{"reason":"InsufficientCpus","declined":0,"processed":5}]}},
                 {"app":{"id":"/b"},"since":"2026-01-01T00:00:05.000Z","delay":{"timeLeftSeconds":0,"overdue":true},
                  "processedOffersSummary":{"processedOffersCount":0,"rejectSummaryLastOffers":[]}},
                 {"app":{"id":"/c"},"since":"2026-01-01T00:00:05.000Z","delay":{"timeLeftSeconds":9,"overdue":false},
                  "processedOffersSummary":{"processedOffersCount":0,"rejectSummaryLastOffers":[]}}]}"""));
        assertThat(waiting.get("/a").lacks()).containsExactly(Orchestrator.Lack.MEMORY);
        assertThat(waiting.get("/a").unofferedSince()).isNull();
        assertThat(waiting.get("/b").unofferedSince()).isEqualTo("2026-01-01T00:00:05Z");
        assertThat(waiting.get("/c").unofferedSince()).as("it is delayed").isNull();
    }
}
