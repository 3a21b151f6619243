package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Marathon, by its v2 API. Its event stream has no order and no replay, so it is used only as a reason to read again. A label is
 * never changed: that would restart every task. An app is never deleted: that would forget its versions.
 */
@Component
class MarathonOrchestrator implements Orchestrator, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(MarathonOrchestrator.class);

    private static final Duration RECONNECT = Duration.ofSeconds(1);
    private static final int MAX_ERROR = 300;

    private final MarathonProperties marathon;
    private final HttpClient http;
    private final JsonMapper json = new JsonMapper();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean running;
    private @Nullable Thread events;

    MarathonOrchestrator(MarathonProperties marathon) {
        this.marathon = marathon;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(marathon.timeout())
                .build();
    }

    @Override
    public Map<ServiceKey, RunningService> services() throws Unavailable {
        HttpResponse<String> answer =
                send(request("/v2/apps?embed=apps.tasks&embed=apps.deployments").GET());
        if (answer.statusCode() != 200) {
            throw new Unavailable("Marathon answered " + answer.statusCode() + " to the list of apps");
        }
        Map<ServiceKey, RunningService> services = new HashMap<>();
        for (JsonNode app : read(answer.body()).path("apps")) {
            MarathonJson.key(app.path("id").asString(""))
                    .ifPresent(key -> services.put(key, MarathonJson.running(app)));
        }
        return services;
    }

    @Override
    public void deploy(ServiceDefinition definition, Overtake overtake) throws Unavailable, Busy, Refused {
        Map<String, Object> app =
                MarathonJson.app(definition, marathon.killGrace().toSeconds());
        put(definition.key(), "partialUpdate=false", overtake, app);
    }

    @Override
    public void scale(ServiceKey service, int instances, Overtake overtake) throws Unavailable, Busy, Refused {
        put(service, "partialUpdate=true", overtake, Map.of("instances", instances));
    }

    private void put(ServiceKey key, String query, Overtake overtake, Map<String, Object> body)
            throws Unavailable, Busy, Refused {
        String force = overtake == Overtake.REPLACE ? "&force=true" : "";
        HttpResponse<String> answer = send(request("/v2/apps" + MarathonJson.appId(key) + "?" + query + force)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(json.writeValueAsString(body))));
        switch (answer.statusCode()) {
            case 200, 201 -> log.info("Marathon takes {}: {}", key, answer.body());
            case 409 -> throw new Busy("Marathon is still changing " + MarathonJson.appId(key));
            case 400, 422 ->
                throw new Refused(new Rejection(
                        Code.INVALID_MANIFEST,
                        "Marathon refuses " + MarathonJson.appId(key) + ": " + shortened(answer.body())));
            default ->
                throw new Unavailable("Marathon answered " + answer.statusCode() + " for " + MarathonJson.appId(key)
                        + ": " + shortened(answer.body()));
        }
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void start() {
        running = true;
        events = Thread.ofVirtual().name("marathon-events").start(this::listen);
    }

    private void listen() {
        while (running) {
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create(marathon.url() + "/v2/events"))
                        .header("Accept", "text/event-stream")
                        .GET()
                        .build();
                HttpResponse<Stream<String>> stream = http.send(request, BodyHandlers.ofLines());
                try (Stream<String> lines = stream.body()) {
                    tell(); // whatever happened while nobody listened
                    lines.filter(line -> line.startsWith("event:")).forEach(line -> tell());
                }
            } catch (IOException | java.io.UncheckedIOException e) {
                log.debug("no events from Marathon: {}", e.toString());
            } catch (InterruptedException e) {
                return;
            }
            try {
                Thread.sleep(RECONNECT);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public void stop() {
        running = false;
        if (events != null) {
            events.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(marathon.url() + path))
                .timeout(marathon.timeout())
                .header("Accept", "application/json");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Unavailable {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new Unavailable("Marathon cannot be reached: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted while Marathon was asked");
        }
    }

    private JsonNode read(String body) throws Unavailable {
        try {
            return json.readTree(body);
        } catch (JacksonException e) {
            throw new Unavailable("Marathon answered with something that is not JSON");
        }
    }

    private static String shortened(String text) {
        return text.length() <= MAX_ERROR ? text : text.substring(0, MAX_ERROR) + "…";
    }
}
