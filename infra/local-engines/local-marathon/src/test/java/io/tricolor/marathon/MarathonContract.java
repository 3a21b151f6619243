package io.tricolor.marathon;

import static io.tricolor.marathon.MarathonClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.marathon.MarathonClient.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What any engine with the Marathon v2 API does. Apps need nothing but a shell. */
@Timeout(90)
abstract class MarathonContract {

    private final String group = "/contract-" + UUID.randomUUID();

    abstract MarathonClient client();

    @AfterEach
    void removeApps() throws Exception {
        for (JsonNode app : client().get("/v2/apps?id=" + group).json().path("apps")) {
            client().call("DELETE", "/v2/apps" + app.path("id").stringValue(), "");
        }
        await("all tasks to end", () -> {
            for (JsonNode task : client().get("/v2/tasks").json().path("tasks")) {
                if (task.path("appId").stringValue().startsWith(group)) {
                    return false;
                }
            }
            return true;
        });
    }

    @Test
    void says_who_it_is() throws Exception {
        assertThat(client().get("/ping").text()).isEqualTo("pong");
        JsonNode info = client().get("/v2/info").json();
        for (String member : List.of("name", "version", "frameworkId", "marathon_config", "zookeeper_config")) {
            assertThat(info.has(member)).as(member).isTrue();
        }
        assertThat(info.path("http_config").path("http_port").isInt()).isTrue();
        assertThat(client().get("/v2/leader").json().path("leader").stringValue())
                .contains(":");
    }

    @Test
    void creates_an_app_and_runs_its_instances() throws Exception {
        String id = group + "/web";
        Answer created = client().accepted("POST", "/v2/apps", sleeper(id, 2));
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().path("deployments").size()).isEqualTo(1);
        assertThat(created.response().headers().firstValue("Marathon-Deployment-Id"))
                .isPresent();
        client().awaitSettled(id);
        JsonNode app = client().get("/v2/apps" + id).json().path("app");
        assertThat(app.path("tasksRunning").intValue()).isEqualTo(2);
        JsonNode task = app.path("tasks").path(0);
        assertThat(task.path("state").stringValue()).isEqualTo("TASK_RUNNING");
        assertThat(task.path("ports").path(0).intValue()).isPositive();
        assertThat(task.path("appId").stringValue()).isEqualTo(id);
        assertThat(task.path("version").stringValue())
                .isEqualTo(app.path("version").stringValue());
        Answer again = client().call("POST", "/v2/apps", sleeper(id, 2));
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("message").stringValue()).contains(id).contains("already exists");
    }

    @Test
    void refuses_what_is_wrong() throws Exception {
        assertThat(client().call("POST", "/v2/apps", "{'id':").status()).isEqualTo(400);
        assertThat(client().call("POST", "/v2/apps", "{'id':'" + group + "/x','cmd':'a','args':['b']}")
                        .status())
                .isEqualTo(422);
        Answer missing = client().get("/v2/apps" + group + "/none");
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.json().path("message").stringValue()).contains("does not exist");
        assertThat(client().call("PATCH", "/v2/apps" + group + "/none", "{'instances':1}")
                        .status())
                .isEqualTo(404);
        assertThat(client().call("DELETE", "/v2/deployments/none", "").status()).isEqualTo(404);
        assertThat(client().call("POST", "/v2/tasks/delete?scale=true&wipe=true", "{'ids':[]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void scales_without_a_restart_and_by_a_partial_body() throws Exception {
        String id = group + "/scaled";
        client().run(sleeper(id, 1));
        List<String> before = client().taskIds(id);
        client().accepted("PUT", "/v2/apps/" + id + "?force=True", "{'instances':3}");
        client().awaitSettled(id);
        assertThat(client().taskIds(id)).hasSize(3).containsAll(before);
        client().accepted("PATCH", "/v2/apps" + id, "{'instances':0}");
        client().awaitSettled(id);
        assertThat(client().taskIds(id)).isEmpty();
        assertThat(client().get("/v2/apps" + id).json().path("app").path("cmd").stringValue())
                .isEqualTo("sleep 1000");
    }

    @Test
    void puts_an_app_that_is_not_there_yet() throws Exception {
        Answer created = client().accepted("PUT", "/v2/apps" + group + "/put", "{'cmd':'sleep 1000','instances':0}");
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().has("version")).isTrue();
        assertThat(created.json().has("deploymentId")).isTrue();
        Answer changed = client().accepted(
                        "PUT",
                        "/v2/apps" + group + "/put?partialUpdate=false&force=true",
                        "{'cmd':'sleep 2000','instances':0}");
        assertThat(changed.status()).isEqualTo(200);
    }

    @Test
    void goes_back_to_an_earlier_version() throws Exception {
        String id = group + "/versioned";
        client().run(sleeper(id, 1));
        String first =
                client().get("/v2/apps" + id).json().path("app").path("version").stringValue();
        client().accepted("PUT", "/v2/apps" + id, "{'env':{'COLOUR':'green'}}");
        client().awaitSettled(id);
        JsonNode versions = client().get("/v2/apps" + id + "/versions").json().path("versions");
        assertThat(versions.size()).isEqualTo(2);
        assertThat(versions.path(1).stringValue()).isEqualTo(first);
        assertThat(client().get("/v2/apps" + id + "/versions/" + first)
                        .json()
                        .path("env")
                        .isEmpty())
                .isTrue();
        client().accepted("PUT", "/v2/apps" + id, "{'version':'" + first + "','instances':7}");
        client().awaitSettled(id);
        JsonNode app = client().get("/v2/apps" + id).json().path("app");
        assertThat(app.path("env").isEmpty()).isTrue();
        assertThat(app.path("instances").intValue()).isEqualTo(1);
    }

    @Test
    void a_restart_replaces_every_task() throws Exception {
        String id = group + "/restarted";
        client().run(sleeper(id, 2));
        List<String> before = client().taskIds(id);
        client().accepted("POST", "/v2/apps" + id + "/restart", "");
        client().awaitSettled(id);
        assertThat(client().taskIds(id)).hasSize(2).doesNotContainAnyElementsOf(before);
    }

    @Test
    void a_running_deployment_locks_its_app() throws Exception {
        String id = group + "/locked";
        client().accepted("POST", "/v2/apps", neverHealthy(id));
        await("the deployment to be listed", () -> deploymentOf(id) != null);
        String first = deploymentOf(id);
        Answer refused = client().call("PUT", "/v2/apps" + id, "{'instances':2}");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("message").stringValue()).contains("locked");
        assertThat(refused.json().path("deployments").path(0).path("id").stringValue())
                .isEqualTo(first);
        String second = client().accepted("PUT", "/v2/apps" + id + "?force=True", "{'instances':2}")
                .json()
                .path("deploymentId")
                .stringValue();
        await("the forced deployment to take over", () -> second.equals(deploymentOf(id)));
    }

    @Test
    void a_deployment_can_be_reverted() throws Exception {
        String id = group + "/reverted";
        client().run(sleeper(id, 1));
        String deployment = client().accepted(
                        "PUT", "/v2/apps" + id, "{'healthChecks':[{'protocol':'COMMAND','command':{'value':'false'}}]}")
                .json()
                .path("deploymentId")
                .stringValue();
        client().accepted("DELETE", "/v2/deployments/" + deployment, "");
        client().awaitSettled(id);
        assertThat(client().get("/v2/apps" + id)
                        .json()
                        .path("app")
                        .path("healthChecks")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void a_killed_task_is_replaced_unless_the_app_is_scaled_with_it() throws Exception {
        String id = group + "/killed";
        client().run(sleeper(id, 2));
        String victim = client().taskIds(id).getFirst();
        client().accepted("DELETE", "/v2/apps" + id + "/tasks/" + victim, "");
        await(
                "a replacement",
                () -> client().taskIds(id).size() == 2 && !client().taskIds(id).contains(victim));
        String second = client().taskIds(id).getFirst();
        client().accepted("POST", "/v2/tasks/delete?scale=true", "{'ids':['" + second + "']}");
        client().awaitSettled(id);
        assertThat(client().taskIds(id)).hasSize(1).doesNotContain(second);
        assertThat(client().call("DELETE", "/v2/apps" + id + "/tasks/none", "").status())
                .isEqualTo(404);
    }

    @Test
    void an_app_that_fails_again_and_again_waits_in_the_queue() throws Exception {
        String id = group + "/failing";
        client().accepted(
                        "POST",
                        "/v2/apps",
                        "{'id':'" + id + "','cmd':'exit 3','backoffSeconds':60,'cpus':0.01,'mem':16}");
        await("a launch delay", () -> delayOf(id) > 0);
        await(
                "the failure to be told",
                () -> client().get("/v2/apps" + id).json().path("app").has("lastTaskFailure"));
        assertThat(client().call("DELETE", "/v2/queue/" + id + "/delay", "").status())
                .isEqualTo(204);
    }

    @Test
    void tells_its_events() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        client().base + "/v2/events?event_type=event_stream_attached&event_type=deployment_success"))
                .header("Accept", "text/event-stream")
                .build();
        HttpResponse<InputStream> response = client().http.send(request, BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(nextEvent(lines).path("eventType").stringValue()).isEqualTo("event_stream_attached");
            String deployment = client().accepted("POST", "/v2/apps", sleeper(group + "/watched", 0))
                    .json()
                    .path("deployments")
                    .path(0)
                    .path("id")
                    .stringValue("");
            JsonNode event = nextEvent(lines);
            while (!event.path("id").asString("").equals(deployment)) {
                event = nextEvent(lines);
            }
            assertThat(event.path("eventType").stringValue()).isEqualTo("deployment_success");
            assertThat(event.path("plan")
                            .path("steps")
                            .path(0)
                            .path("actions")
                            .path(0)
                            .path("action")
                            .stringValue())
                    .isEqualTo("StartApplication");
        }
    }

    private static JsonNode nextEvent(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data:")) {
                return MarathonClient.JSON.readTree(line.substring("data:".length()));
            }
        }
        throw new IOException("the stream ended");
    }

    @Test
    void a_group_is_made_changed_taken_back_and_removed_in_one_deployment_each() throws Exception {
        String shop = group + "/shop";
        String web = "{'id':'web','cmd':'sleep 1000','cpus':0.01,'mem':16,'instances':1}";
        String db = "{'id':'main','cmd':'sleep 1000','cpus':0.01,'mem':16,'instances':1}";
        String body = "{'id':'" + shop + "','apps':[" + web + "],'dependencies':['db'],'groups':[{'id':'db','apps':["
                + db + "]}]}";
        JsonNode plan = client().accepted("PUT", "/v2/groups?dryRun=true", body).json();
        assertThat(plan.path("steps").findValuesAsString("action"))
                .containsExactly("StartApplication", "StartApplication", "ScaleApplication", "ScaleApplication");
        assertThat(client().get("/v2/groups" + shop).status())
                .as("nothing was done")
                .isEqualTo(404);

        assertThat(client().accepted("POST", "/v2/groups", body).status()).isEqualTo(201);
        assertThat(client().call("POST", "/v2/groups", body).status()).isEqualTo(409);
        client().awaitSettled(shop + "/web");
        client().awaitSettled(shop + "/db/main");
        JsonNode made = client().get("/v2/groups" + shop).json();
        assertThat(made.path("id").stringValue()).isEqualTo(shop);
        assertThat(made.path("apps").path(0).path("id").stringValue()).isEqualTo(shop + "/web");
        assertThat(made.path("groups").path(0).path("apps").path(0).path("id").stringValue())
                .isEqualTo(shop + "/db/main");
        assertThat(made.path("dependencies").path(0).stringValue()).isEqualTo(shop + "/db");
        String version =
                client().get("/v2/groups" + shop + "/versions").json().path(0).stringValue();

        client().accepted("PUT", "/v2/groups" + shop, "{'scaleBy':2}");
        client().awaitSettled(shop + "/web");
        assertThat(client().taskIds(shop + "/web")).hasSize(2);
        client().accepted("PUT", "/v2/groups" + shop, "{'version':'" + version + "'}");
        client().awaitSettled(shop + "/web");
        assertThat(client().taskIds(shop + "/web")).hasSize(1);
        assertThat(client().get("/v2/groups" + shop + "/versions/" + version)
                        .json()
                        .path("apps")
                        .path(0)
                        .path("instances")
                        .intValue())
                .isEqualTo(1);

        client().accepted("PUT", "/v2/groups" + shop, "{'groups':[]}");
        assertThat(client().get("/v2/apps" + shop + "/db/main").status()).isEqualTo(404);
        assertThat(client().get("/v2/apps" + shop + "/web").status())
                .as("not named, not touched")
                .isEqualTo(200);
        client().accepted("DELETE", "/v2/groups" + shop + "?force=true", "");
        assertThat(client().get("/v2/groups" + shop).status()).isEqualTo(404);
        assertThat(client().get("/v2/apps" + shop + "/web").status()).isEqualTo(404);
    }

    @Test
    void refuses_groups_that_cannot_be() throws Exception {
        String id = group + "/odd";
        assertThat(client().call("PUT", "/v2/groups" + id, "{'apps':[{'id':'/elsewhere','cmd':'a'}]}")
                        .status())
                .isEqualTo(422);
        assertThat(client().call("PUT", "/v2/groups" + id, "{'apps':[{'id':'a'}]}")
                        .status())
                .isEqualTo(422);
        assertThat(client().call("PUT", "/v2/groups" + id, "{'apps':7}").status())
                .isEqualTo(400);
        assertThat(client().call("DELETE", "/v2/groups" + id, "").status()).isEqualTo(404);
    }

    @Test
    void counts_tasks_by_how_new_they_are() throws Exception {
        String id = group + "/counted";
        client().run(sleeper(id, 2));
        JsonNode stats = client().get("/v2/apps" + id + "?embed=app.taskStats")
                .json()
                .path("app")
                .path("taskStats");
        for (String kind : List.of("startedAfterLastScaling", "withLatestConfig", "totalSummary")) {
            assertThat(stats.path(kind)
                            .path("stats")
                            .path("counts")
                            .path("running")
                            .intValue())
                    .as(kind)
                    .isEqualTo(2);
        }
        assertThat(stats.has("withOutdatedConfig")).isFalse();
        assertThat(stats.path("totalSummary")
                        .path("stats")
                        .path("lifeTime")
                        .path("medianSeconds")
                        .isNumber())
                .isTrue();
        JsonNode listed = client().get("/v2/apps?embed=apps.taskStats&id=" + id)
                .json()
                .path("apps")
                .path(0);
        assertThat(listed.has("taskStats")).isTrue();
    }

    @Test
    void a_removed_app_is_gone_at_once() throws Exception {
        String id = group + "/removed";
        client().run(sleeper(id, 1));
        client().accepted("DELETE", "/v2/apps" + id, "");
        assertThat(client().get("/v2/apps" + id).status()).isEqualTo(404);
    }

    private String deploymentOf(String id) throws Exception {
        for (JsonNode deployment : client().get("/v2/deployments").json()) {
            if (deployment.path("affectedApps").path(0).stringValue("").equals(id)) {
                return deployment.path("id").stringValue();
            }
        }
        return null;
    }

    private long delayOf(String id) throws Exception {
        for (JsonNode entry : client().get("/v2/queue").json().path("queue")) {
            if (entry.path("app").path("id").stringValue().equals(id)) {
                return entry.path("delay").path("timeLeftSeconds").longValue();
            }
        }
        return 0;
    }

    private static String sleeper(String id, int instances) {
        return "{'id':'" + id + "','cmd':'sleep 1000','cpus':0.01,'mem':16,'instances':" + instances + "}";
    }

    private static String neverHealthy(String id) {
        return "{'id':'" + id + "','cmd':'sleep 1000','cpus':0.01,'mem':16,"
                + "'healthChecks':[{'protocol':'COMMAND','command':{'value':'false'},'intervalSeconds':1}]}";
    }
}
