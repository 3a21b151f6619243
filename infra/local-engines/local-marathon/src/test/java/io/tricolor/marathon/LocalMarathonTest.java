package io.tricolor.marathon;

import static io.tricolor.marathon.MarathonClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What this engine does with processes: real ones. One engine runs for all of these. */
@Tag("slow")
class LocalMarathonTest extends EngineTest {

    @TempDir
    private static Path directory;

    private static EngineProcess engine;

    @BeforeAll
    static void start() throws Exception {
        engine = new EngineProcess(directory, "--docker=" + directory.resolve("docker"));
    }

    @AfterAll
    static void stop() throws Exception {
        engine.close();
    }

    @AfterEach
    void removeAll() throws Exception {
        removeApps();
    }

    @Override
    EngineProcess engine() {
        return engine;
    }

    @Test
    void a_deployment_waits_until_a_new_instance_says_that_it_is_ready() throws Exception {
        client().accepted(
                        "POST",
                        "/v2/apps",
                        "{'id':'/ready','cmd':'mkdir -p www; exec jwebserver -d $PWD/www -p $PORT',"
                                + "'portDefinitions':[{'port':0,'name':'http-api'}],'readinessChecks':[{'path':'/yes',"
                                + "'intervalSeconds':2,'timeoutSeconds':1,'preserveLastResponse':true}]}");
        await(
                "it is asked",
                () -> readiness().path("lastResponse").path("status").asInt(0) == 404);
        assertThat(readiness().path("name").stringValue()).isEqualTo("readinessCheck");
        assertThat(readiness().path("ready").booleanValue()).isFalse();
        String task = client().taskIds("/ready").getFirst();
        assertThat(readiness().path("taskId").stringValue()).isEqualTo(task);
        assertThat(client().get("/v2/apps/ready?embed=app.readiness").json().at("/app/readinessCheckResults"))
                .hasSize(1);
        Files.writeString(engine.sandbox(task).resolve("www").resolve("yes"), "yes");
        client().awaitSettled("/ready");
        assertThat(client().taskIds("/ready")).containsExactly(task);
    }

    private JsonNode readiness() throws Exception {
        return client().get("/v2/deployments").json().at("/0/currentActions/0/readinessCheckResults/0");
    }

    @Test
    void a_task_gets_its_ports_and_nothing_of_the_engines_environment() throws Exception {
        client().run(
                        "{'id':'/env','args':['/bin/sh','-c','env > env.txt; exec sleep 1000'],'env':{'A':'$HOME b','PORT1':'own'},"
                                + "'labels':{'tier.x':'web'},'portDefinitions':[{'port':0,'name':'http'},{'port':10077}]}");
        Map<String, String> env = new TreeMap<>();
        Path file = engine.sandbox(client().taskIds("/env").getFirst()).resolve("env.txt");
        await(
                "the environment to be written",
                () -> Files.exists(file) && Files.readString(file).contains("PORTS="));
        Files.readAllLines(file)
                .forEach(line -> env.put(line.replaceFirst("=.*", ""), line.replaceFirst("[^=]*=", "")));
        JsonNode ports =
                client().get("/v2/apps/env/tasks").json().path("tasks").path(0).path("ports");
        assertThat(env)
                .containsEntry("PORT", ports.path(0).asString())
                .containsEntry("PORT0", ports.path(0).asString())
                .containsEntry("PORT_HTTP", ports.path(0).asString())
                .containsEntry("PORT_10077", ports.path(1).asString())
                .containsEntry("PORT1", "own")
                .containsEntry(
                        "PORTS", ports.path(0).asString() + "," + ports.path(1).asString())
                .containsEntry("HOST", "127.0.0.1")
                .containsEntry("A", "$HOME b")
                .containsEntry("MARATHON_APP_ID", "/env")
                .containsEntry("MARATHON_APP_LABELS", "TIER_X")
                .containsEntry("MARATHON_APP_LABEL_TIER_X", "web")
                .containsKeys("PATH", "JAVA_HOME", "MESOS_TASK_ID", "MESOS_SANDBOX")
                .doesNotContainKeys("SECRET_OF_THE_ENGINE", "HOME");
    }

    @Test
    void the_log_of_a_task_can_be_read_while_it_is_written_and_after_its_end() throws Exception {
        client().run(
                        "{'id':'/talking','args':['/bin/sh','-c',"
                                + "'echo one; echo two; echo bad >&2; while [ ! -e go ]; do sleep 0.1; done; echo three; exec sleep 1000']}");
        String id = client().taskIds("/talking").getFirst();
        String log = "/engine/tasks/" + id + "/log";
        await("the first lines", () -> client().get(log + "?lines=1").text().equals("two\n"));
        assertThat(client().get(log + "?stream=stderr").text()).isEqualTo("bad\n");
        MarathonClient.Answer all = client().get(log);
        assertThat(all.text()).isEqualTo("one\ntwo\n");
        assertThat(all.response().headers().firstValue("X-Log-Next")).contains("8");

        var next = CompletableFuture.supplyAsync(() -> {
            try {
                return client().get(log + "?from=8&wait=30");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Files.createFile(engine.sandbox(id).resolve("go"));
        assertThat(next.get(20, TimeUnit.SECONDS).text()).isEqualTo("three\n");
        assertThat(next.get().response().headers().firstValue("X-Log-Ended")).contains("false");

        client().accepted("DELETE", "/v2/apps/talking", "");
        MarathonClient.Answer end = client().get(log + "?from=14&wait=30");
        assertThat(end.text()).isEmpty();
        assertThat(end.response().headers().firstValue("X-Log-Ended")).contains("true");
        assertThat(client().get(log).text()).isEqualTo("one\ntwo\nthree\n");
        assertThat(client().get("/engine/logs?app=/talking")
                        .json()
                        .path(0)
                        .path("id")
                        .asString())
                .isEqualTo(id);
        assertThat(client().get("/engine/tasks/..%2F..%2Flock/log").status()).isEqualTo(404);
        assertThat(client().get("/engine/tasks/nobody/log").status()).isEqualTo(404);
        assertThat(client().get(log + "?stream=x").status()).isEqualTo(400);
    }

    /** A program in the place of Docker's: what it is asked is written down. */
    @Test
    void an_image_runs_as_soon_as_there_is_an_engine_for_it() throws Exception {
        client().accepted(
                        "POST",
                        "/v2/apps",
                        "{'id':'/boxed','args':['serve'],'cpus':0.5,'mem':64,'env':{'COLOUR':'blue'},'container':"
                                + "{'type':'DOCKER','docker':{'image':'shop@sha256:1','parameters':[{'key':'hostname','value':'h'}]},"
                                + "'volumes':[{'hostPath':'/data','containerPath':'/in','mode':'RO'}]}}");
        await("it waits", () -> shortage("/boxed").equals("UnfulfilledConstraint"));
        Path said = directory.resolve("docker.said");
        Path docker = directory.resolve("docker.new");
        Files.writeString(
                docker,
                "#!/bin/sh\necho \"$@ [$COLOUR]\" >> " + said + "\n" + "case $1 in run) exec sleep 1000;; esac\n");
        assertThat(docker.toFile().setExecutable(true)).isTrue();
        Files.move(docker, directory.resolve("docker"));
        client().awaitSettled("/boxed");
        String task = client().taskIds("/boxed").getFirst();
        client().accepted("PUT", "/v2/apps/boxed?force=true", "{'instances':0}");
        client().awaitSettled("/boxed");
        await("its container is removed", () -> Files.readString(said).contains("rm --force " + task));
        Files.delete(directory.resolve("docker"));
        assertThat(Files.readAllLines(said))
                .filteredOn(line -> line.startsWith("run"))
                .singleElement()
                .asString()
                .startsWith("run --rm --name " + task + " --network host --cpus 0.5 --memory 64m --hostname=h"
                        + " --volume /data:/in:ro --volume " + engine.sandbox(task) + ":/mnt/mesos/sandbox:rw")
                .contains(" --env COLOUR ", " --env PORT0 ", " --env MESOS_TASK_ID ")
                .doesNotContain("--env PATH")
                .endsWith(" shop@sha256:1 serve [blue]");
    }

    @Test
    void an_image_waits_in_the_queue_and_says_why() throws Exception {
        client().accepted(
                        "POST",
                        "/v2/apps",
                        "{'id':'/image','container':{'type':'DOCKER','docker':{'image':'shop:1'}}}");
        await("the shortage", () -> shortage("/image").equals("UnfulfilledConstraint"));
        JsonNode app = client().get("/v2/apps/image").json().path("app");
        assertThat(app.path("lastTaskFailure").path("message").stringValue()).contains("shop:1", "container engine");
        assertThat(app.path("container").path("docker").path("image").stringValue())
                .isEqualTo("shop:1");
        assertThat(app.path("tasks")).isEmpty();
    }

    @Test
    void a_check_over_tls_asks_whether_somebody_answers() throws Exception {
        Path keys = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=elsewhere",
                        "-alias",
                        "x",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "secret",
                        "-keystore",
                        keys.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore store = KeyStore.getInstance(keys.toFile(), "secret".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, "secret".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try {
            client().run(
                            "{'id':'/secure','cmd':'sleep 1000','healthChecks':[{'protocol':'HTTPS','path':'/health','port':"
                                    + server.getAddress().getPort() + ",'intervalSeconds':1}]}");
            assertThat(client().get("/v2/apps/secure")
                            .json()
                            .path("app")
                            .path("tasksHealthy")
                            .intValue())
                    .isEqualTo(1);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void a_change_by_the_api_is_an_event() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(client().base + "/v2/events?event_type=api_post_event"))
                .header("Accept", "text/event-stream")
                .build();
        HttpResponse<Stream<String>> events = client().http.send(request, BodyHandlers.ofLines());
        client().accepted("POST", "/v2/apps", "{'id':'/posted','cmd':'true','instances':0}");
        client().accepted("DELETE", "/v2/apps/posted", "");
        assertThat(events.body().filter(line -> line.startsWith("data:")).limit(2))
                .allMatch(line -> line.contains("\"appDefinition\":{\"id\":\"/posted\"")
                        && line.contains("\"clientIp\":\"127.0.0.1\""));
    }

    @Test
    void fetches_files_into_the_sandbox() throws Exception {
        Path local = Files.writeString(directory.resolve("local.txt"), "from a file");
        HttpServer files = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        files.createContext("/run.sh", exchange -> {
            byte[] script = "#!/bin/sh\necho over http; exec sleep 1000\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, script.length);
            exchange.getResponseBody().write(script);
            exchange.close();
        });
        files.start();
        try {
            client().run("{'id':'/fetching','args':['./run.sh'],'fetch':[{'uri':'" + local.toUri()
                    + "','outputFile':'sub/copy.txt'},{'uri':'http://127.0.0.1:"
                    + files.getAddress().getPort() + "/run.sh','executable':true}]}");
            Path sandbox = engine.sandbox(client().taskIds("/fetching").getFirst());
            assertThat(sandbox.resolve("sub/copy.txt")).hasContent("from a file");
            await("output", () -> Files.readString(sandbox.resolve("stdout")).contains("over http"));
        } finally {
            files.stop(0);
        }
        client().accepted("POST", "/v2/apps", "{'id':'/missing','cmd':'true','fetch':[{'uri':'file:/nowhere/x'}]}");
        await(
                "the failed fetch to be told",
                () -> client().get("/v2/apps/missing")
                        .json()
                        .path("app")
                        .path("lastTaskFailure")
                        .path("message")
                        .asString("")
                        .contains("/nowhere/x"));
    }

    @Test
    void what_may_be_cached_is_fetched_once_and_what_has_a_hash_is_compared() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpServer files = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        files.createContext("/run.sh", exchange -> {
            asked.incrementAndGet();
            byte[] script = "exec sleep 1000".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, script.length);
            exchange.getResponseBody().write(script);
            exchange.close();
        });
        files.start();
        String uri = "http://127.0.0.1:" + files.getAddress().getPort() + "/run.sh";
        try {
            String right = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest("exec sleep 1000".getBytes()));
            client().run("{'id':'/cached','args':['sh','x.sh'],'instances':3,'fetch':[{'uri':'" + uri
                    + "','cache':true,'destPath':'x.sh','sha256':'" + right + "'}]}");
            assertThat(asked).hasValue(1);
            client().accepted(
                            "POST",
                            "/v2/apps",
                            "{'id':'/wrong','cmd':'true','fetch':[{'uri':'" + uri + "','sha256':'" + "0".repeat(64)
                                    + "'}]}");
            await(
                    "the wrong hash to be told",
                    () -> client().get("/v2/apps/wrong")
                            .json()
                            .path("app")
                            .path("lastTaskFailure")
                            .path("message")
                            .asString("")
                            .contains("another sha256"));
        } finally {
            files.stop(0);
        }
    }

    @Test
    void a_fetch_that_cannot_even_be_tried_fails_the_task() throws Exception {
        client().accepted("POST", "/v2/apps", "{'id':'/hostless','cmd':'true','fetch':[{'uri':'http:///x'}]}");
        await(
                "the failed fetch to be told",
                () -> client().get("/v2/apps/hostless")
                        .json()
                        .path("app")
                        .path("lastTaskFailure")
                        .path("message")
                        .asString("")
                        .contains("the sandbox cannot be prepared"));
    }

    @Test
    void a_deployment_ends_when_the_instances_answer_their_health_check() throws Exception {
        client().run(sample("/web", 2, "'START_DELAY_MS':'1500'", 60));
        JsonNode app = client().get("/v2/apps/web").json().path("app");
        assertThat(app.path("tasksHealthy").intValue()).isEqualTo(2);
        assertThat(app.path("tasks")
                        .path(0)
                        .path("healthCheckResults")
                        .path(0)
                        .path("alive")
                        .booleanValue())
                .isTrue();
    }

    @Test
    void an_unhealthy_instance_is_killed_after_its_grace_period_and_replaced() throws Exception {
        client().accepted("POST", "/v2/apps", sample("/ill", 1, "'FAIL_HEALTH':'1'", 0));
        await("an instance", () -> !client().taskIds("/ill").isEmpty());
        String first = client().taskIds("/ill").getFirst();
        await("its replacement", () -> {
            List<String> tasks = client().taskIds("/ill");
            return !tasks.isEmpty() && !tasks.contains(first);
        });
        assertThat(client().get("/v2/apps/ill")
                        .json()
                        .path("app")
                        .path("lastTaskFailure")
                        .path("message")
                        .stringValue())
                .contains("HTTP status 503");
    }

    @Test
    void a_rolling_restart_never_has_fewer_healthy_instances_than_asked_for() throws Exception {
        client().run(sample("/rolled", 2, "'TRICOLOR_VERSION':'1'", 60));
        List<String> before = client().taskIds("/rolled");
        client().accepted("PUT", "/v2/apps/rolled", "{'env':{'TRICOLOR_VERSION':'2'}}");
        await("the restart to end", () -> {
            JsonNode app = client().get("/v2/apps/rolled").json().path("app");
            assertThat(app.path("tasksHealthy").intValue()).isGreaterThanOrEqualTo(2);
            return app.path("deployments").isEmpty();
        });
        assertThat(client().taskIds("/rolled")).hasSize(2).doesNotContainAnyElementsOf(before);
    }

    @Test
    void what_ignores_sigterm_is_killed_with_all_its_children() throws Exception {
        client().run(
                        "{'id':'/stubborn','cmd':'trap true TERM; (trap true TERM; while :; do sleep 1; done) & echo $! > child; "
                                + "while :; do sleep 1; done','taskKillGracePeriodSeconds':1}");
        Path childFile =
                engine.sandbox(client().taskIds("/stubborn").getFirst()).resolve("child");
        await(
                "the child",
                () -> Files.exists(childFile) && !Files.readString(childFile).isBlank());
        long child = Long.parseLong(Files.readString(childFile).strip());
        long parent = processes().values().iterator().next();
        client().accepted("DELETE", "/v2/apps/stubborn", "");
        await("the end of parent and child", () -> !isAlive(child) && !isAlive(parent));
    }

    @Test
    void two_engines_cannot_share_a_directory() throws Exception {
        Process second = EngineProcess.launch(directory, List.of("--port=0"));
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(directory.resolve("engine.log")).content().contains("another engine uses");
    }

    @Test
    void metrics_count_what_runs() throws Exception {
        client().run("{'id':'/counted','cmd':'sleep 1000','instances':2}");
        assertThat(client().get("/metrics").text())
                .contains("tricolor_local_marathon_apps 1\n", "tricolor_local_marathon_tasks_healthy 2\n");
    }
}
