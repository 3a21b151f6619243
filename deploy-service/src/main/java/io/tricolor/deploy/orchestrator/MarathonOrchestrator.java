package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.secret.SecretValues;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Marathon, by its v2 API. Its event stream has no order and no replay, so it is used only as a reason to read again.
 * A label is
 * never changed: that would restart every task. An app is never deleted: that would forget its versions.
 */
final class MarathonOrchestrator implements Orchestrator, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(MarathonOrchestrator.class);

    private static final Duration RECONNECT = Duration.ofSeconds(1);
    /** Marathon sends something at least every few seconds, if only an empty line. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final long MAX_BYTES = 64L << 20;
    private static final int MAX_ERROR = 300;

    private final MarathonProperties marathon;
    private final MarathonCalls calls;
    private final JsonMapper json = new JsonMapper();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Loop events;

    MarathonOrchestrator(MarathonProperties marathon, ProgressWatch watch) {
        this.marathon = marathon;
        this.calls = new MarathonCalls("marathon", marathon, MAX_BYTES);
        this.events = Loop.named("marathon-events", this::listen)
                .backOff(RECONNECT, RECONNECT.multipliedBy(5))
                .mayTake(SILENCE.multipliedBy(2))
                .auxiliary()
                .build(watch);
    }

    @Override
    public Map<ServiceKey, RunningService> services() throws Unavailable {
        HttpAnswer answer = calls.get("/v2/apps?embed=apps.tasks&embed=apps.deployments&embed=apps.lastTaskFailure");
        if (answer.status() != 200) {
            throw new Unavailable("Marathon answered " + answer.status() + " to the list of apps");
        }
        JsonNode apps = read(answer.text()).path("apps");
        if (!apps.isArray()) {
            throw new Unavailable("Marathon answered without a list of apps");
        }
        Map<ServiceKey, RunningService> services = new HashMap<>();
        for (JsonNode app : apps) {
            MarathonJson.key(app.path("id").asString(""))
                    .ifPresent(key -> services.put(key, MarathonJson.running(app)));
        }
        boolean someAreMissing =
                services.values().stream().anyMatch(service -> service.tasks().size() < service.instances());
        if (someAreMissing) {
            Map<String, Waiting> waiting = waiting();
            services.replaceAll((key, service) -> new RunningService(
                    service.digest(),
                    service.instances(),
                    service.changing(),
                    service.tasks(),
                    service.lastEnd(),
                    waiting.getOrDefault(MarathonJson.appId(key), Waiting.NONE)));
        }
        return services;
    }

    /** Of help only: what runs is known without it. */
    private Map<String, Waiting> waiting() {
        try {
            HttpAnswer answer = calls.get("/v2/queue");
            return answer.status() == 200 ? MarathonJson.waiting(read(answer.text())) : Map.of();
        } catch (Unavailable e) {
            log.debug("{}", e.getMessage());
            return Map.of();
        }
    }

    @Override
    public Optional<RunningService> find(ServiceKey service) throws Unavailable {
        String id = MarathonJson.appId(service);
        HttpAnswer answer = calls.get("/v2/apps" + id);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (answer.status() != 200) {
            throw new Unavailable("Marathon answered " + answer.status() + " to a question for " + id);
        }
        JsonNode app = read(answer.text()).path("app");
        if (!app.path("tasks").isArray()) {
            throw new Unavailable("Marathon answered without the tasks of " + id);
        }
        return Optional.of(MarathonJson.running(app));
    }

    @Override
    public void deploy(ServiceDefinition definition, Overtake overtake) throws Unavailable, Busy, Refused {
        Map<String, Object> app =
                MarathonJson.app(definition, marathon.killGrace().toSeconds());
        put(definition.key(), "partialUpdate=false", overtake, app, definition.secrets());
    }

    @Override
    public void scale(ServiceKey service, int instances, Overtake overtake) throws Unavailable, Busy, Refused {
        put(service, "partialUpdate=true", overtake, Map.of("instances", instances), SecretValues.NONE);
    }

    @Override
    public void stop(ServiceKey service, List<String> instanceIds, Overtake overtake)
            throws Unavailable, Busy, Refused {
        HttpAnswer answer = calls.change(
                "/v2/tasks/delete?scale=true" + force(overtake),
                request -> request.header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(json.writeValueAsString(Map.of("ids", instanceIds)))));
        accept(service, answer, SecretValues.NONE);
    }

    private static String force(Overtake overtake) {
        return overtake == Overtake.REPLACE ? "&force=true" : "";
    }

    private void put(ServiceKey key, String query, Overtake overtake, Map<String, Object> body, SecretValues secrets)
            throws Unavailable, Busy, Refused {
        accept(
                key,
                calls.change(
                        "/v2/apps" + MarathonJson.appId(key) + "?" + query + force(overtake),
                        request -> request.header("Content-Type", "application/json")
                                .PUT(BodyPublishers.ofString(json.writeValueAsString(body)))),
                secrets);
    }

    /** What Marathon answers may repeat what it was sent. */
    private static void accept(ServiceKey key, HttpAnswer answer, SecretValues secrets)
            throws Unavailable, Busy, Refused {
        String text = secrets.masked(answer.text());
        switch (answer.status()) {
            case 200, 201 -> log.info("Marathon takes {}: {}", key, text);
            case 409 -> throw new Busy("Marathon is still changing " + MarathonJson.appId(key));
            case 400, 422 ->
                throw new Refused(new Rejection(
                        Code.INVALID_MANIFEST, "Marathon refuses " + MarathonJson.appId(key) + ": " + shortened(text)));
            default ->
                throw new Unavailable("Marathon answered " + answer.status() + " for " + MarathonJson.appId(key) + ": "
                        + shortened(text));
        }
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void start() {
        events.start();
    }

    private void listen() throws IOException, InterruptedException {
        // Something may have happened while nobody listened: that it begins is news too.
        calls.events(SILENCE, this::tell, line -> {
            events.moved();
            if (line.startsWith("event:")) {
                tell();
            }
        });
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public void stop() {
        events.stop();
    }

    @Override
    public boolean isRunning() {
        return events.isRunning();
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
