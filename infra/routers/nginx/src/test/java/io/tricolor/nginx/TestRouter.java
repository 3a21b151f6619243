package io.tricolor.nginx;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.StartedRouter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** A started nginx on free ports, with a location for tests that the configuration of production does not have. */
final class TestRouter implements StartedRouter {

    private static final String LOCATION = """
            location /-test/ {
                client_max_body_size 64m;
                client_body_buffer_size 16m;
                content_by_lua_file "%s";
            }
            """;

    /** How many there are unless a test says otherwise. */
    static final int WORKERS = 2;

    final NginxRouter router;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port = Ports.free();
    private final int managementPort = Ports.free();
    private final Path log;

    TestRouter(String strategyUrl, String consulUrl, Path directory, String... more) {
        log = directory.resolve("nginx.log");
        List<String> options = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--management.server.port=" + managementPort,
                "--tricolor.nginx.router-id=r1",
                "--tricolor.nginx.state-dir=" + directory.resolve("state"),
                "--tricolor.nginx.list-interval=100ms",
                "--tricolor.nginx.long-poll=2s",
                "--tricolor.nginx.report-interval=200ms",
                "--tricolor.nginx.management-include=" + include(directory),
                "--tricolor.nginx.connections=512",
                "--tricolor.strategy.url=" + strategyUrl,
                "--tricolor.consul.url=" + consulUrl));
        if (List.of(more).stream().noneMatch(option -> option.contains("nginx.workers"))) {
            options.add("--tricolor.nginx.workers=" + WORKERS);
        }
        options.addAll(List.of(more));
        router = NginxRouter.start(options, log);
    }

    private static Path include(Path directory) {
        Path lua = Path.of(
                        System.getProperty("tricolor.home", "../../.."),
                        "infra/routers/nginx/src/test/lua/tricolor_test.lua")
                .toAbsolutePath()
                .normalize();
        try {
            Files.createDirectories(directory);
            return Files.writeString(directory.resolve("test.conf"), LOCATION.formatted(lua));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public String managementUrl() {
        return "http://127.0.0.1:" + managementPort;
    }

    String metrics() {
        return get("/metrics");
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What the worker that takes the question routes by: {@code {"tables":{group: position}, "instances":{…},
     * "busy":n}}.
     */
    JsonNode state() {
        return Json.LENIENT.readTree(get("/-test/state"));
    }

    /** Healthy instances by cluster, as the worker that takes the question knows them. */
    Map<String, Integer> instances(String group, String service) {
        Map<String, Integer> counts = new TreeMap<>();
        state().path("instances")
                .path(group + "\t" + service)
                .properties()
                .forEach(cluster ->
                        counts.put(cluster.getKey(), cluster.getValue().asInt()));
        return counts;
    }

    String get(String path) {
        return ask(HttpRequest.newBuilder(URI.create(managementUrl() + path)).build());
    }

    String post(String path, String body) {
        return ask(HttpRequest.newBuilder(URI.create(managementUrl() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private String ask(HttpRequest request) {
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Whether a report says that all workers have a table of the group and know its instances. */
    static boolean isReady(RouterReport report, String group) {
        RouterReport.GroupReport known = report.groups().get(group);
        return known != null && !known.incomplete() && !known.usableInstances().isEmpty();
    }

    /** Processes of the workers. */
    List<Long> workers() {
        return workers(router.pid());
    }

    /** Processes of the workers of a master. */
    static List<Long> workers(long master) {
        return ProcessHandle.of(master).stream()
                .flatMap(ProcessHandle::children)
                .map(ProcessHandle::pid)
                .sorted()
                .toList();
    }

    @Override
    public void close() {
        router.close();
        client.close();
    }
}
