package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.standalone.security.SigningKey;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Router;
import io.tricolor.standalone.suite.Suite;
import io.tricolor.standalone.suite.SuiteControl;
import io.tricolor.standalone.suite.SuiteView;
import io.tricolor.standalone.suite.SuiteView.PartView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A suite of its own on free ports, started as {@code ./tricolor up} does and stopped as {@code ./tricolor down} does.
 */
final class RunningSuite implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(4);
    private static final Duration AGAIN = Duration.ofMinutes(2);
    private static final int PORTS = 400;
    private static final int WORKERS = 2;
    private static final JsonMapper JSON = new JsonMapper();

    private final SuiteControl control;
    private final SigningKey key;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RunningSuite(SuiteControl control) throws IOException {
        this.control = control;
        this.key = SigningKey.in(control.suite().security());
    }

    static RunningSuite start(Router router) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("tricolor-e2e");
        Suite suite = new Suite(Path.of(System.getProperty("tricolor.home")), data, freePortBase());
        SuiteControl control = new SuiteControl(suite);
        control.choose(router);
        control.launch();
        RunningSuite running = new RunningSuite(control);
        try {
            SuiteView view = control.follow(progress -> {}, START);
            assertThat(view.isReady()).as("%s", view).isTrue();
            return running;
        } catch (RuntimeException | AssertionError e) {
            running.close();
            throw e;
        }
    }

    /** A base from which on no port is taken right now. */
    private static int freePortBase() {
        for (int base = 20_000; base < 60_000; base += PORTS) {
            if (isFree(base)) {
                return base;
            }
        }
        throw new IllegalStateException("no " + PORTS + " free ports in a row");
    }

    private static boolean isFree(int base) {
        for (int port = base; port < base + 20; port++) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                socket.setReuseAddress(true);
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws InterruptedException {
        control.stop(progress -> {});
    }

    Suite suite() {
        return control.suite();
    }

    SigningKey key() {
        return key;
    }

    URI url(Port port) {
        return suite().url(port);
    }

    Path sampleApp() {
        return suite().artifact(suite().home().resolve("infra/suite/sample-app"));
    }

    /**
     * Ends a process as {@code kill -9} does.
     *
     * @param what a process of the suite; or {@code nginx-master} or {@code nginx-worker}, of the router on nginx,
     *     whose launcher is {@code nginx}
     * @return waits until another one serves in its place
     */
    Runnable kill(String what) {
        return switch (what) {
            case "nginx-worker" -> killWorker();
            case "nginx-master" -> kill("nginx", master());
            default -> kill(what, ProcessHandle.of(part(what).pid()).orElseThrow());
        };
    }

    private Runnable kill(String part, ProcessHandle process) {
        long before = part(part).pid();
        assertThat(process.destroyForcibly()).isTrue();
        return () -> Awaitility.await("a new " + part).atMost(AGAIN).until(() -> {
            PartView now = part(part);
            return now.pid() != null
                    && now.pid() != before
                    && now.state().name().equals("READY");
        });
    }

    private Runnable killWorker() {
        ProcessHandle worker = master().children().findFirst().orElseThrow();
        assertThat(worker.destroyForcibly()).isTrue();
        return () -> Awaitility.await("a new worker").atMost(AGAIN).until(() -> {
            List<ProcessHandle> workers = master().children().toList();
            return workers.size() == WORKERS && !workers.contains(worker);
        });
    }

    private ProcessHandle master() {
        try {
            String pid = Files.readString(suite().dataDir().resolve("nginx/nginx.pid"));
            return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private PartView part(String name) {
        return control.view().orElseThrow().parts().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no process " + name));
    }

    JsonNode get(Port port, String path) {
        return answer(send(port, "GET", path, null, "vera", "viewer"));
    }

    JsonNode post(Port port, String path, Map<String, Object> body, String actor, String role) {
        return answer(send(port, "POST", path, body, actor, role));
    }

    private JsonNode answer(HttpResponse<String> response) {
        assertThat(response.statusCode())
                .as("%s %s", response.uri(), response.body())
                .isBetween(200, 299);
        return response.body().isEmpty() ? JSON.nullNode() : JSON.readTree(response.body());
    }

    HttpResponse<String> send(
            Port port, String method, String path, Map<String, Object> body, String actor, String role) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url(port) + path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .header(
                        "Authorization",
                        "Bearer " + key.token(actor, List.of(role), Instant.now(), Duration.ofMinutes(5)))
                .method(
                        method,
                        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
