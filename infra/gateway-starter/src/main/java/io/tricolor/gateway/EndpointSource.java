package io.tricolor.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tricolor.contracts.group.Entry;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.core.JacksonException;

/**
 * Brings instances: one blocking query on Consul for each service that an entry names. Only an answer changes what is known, also
 * an empty one; a failure never does. What is known is kept on disk for a start while Consul is down.
 */
final class EndpointSource implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(EndpointSource.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration FIRST_LOOK = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SHORT_PAUSE = Duration.ofMillis(100);

    private final RoutingState state;
    private final StateFiles files;
    private final Peer consul;
    private final GatewaySettings settings;
    private final GatewayMetrics metrics;
    private final Followers<ServiceKey> followers = new Followers<>("endpoints");
    private volatile boolean running;

    EndpointSource(
            RoutingState state, StateFiles files, Peer consul, GatewaySettings settings, GatewayMetrics metrics) {
        this.state = state;
        this.files = files;
        this.consul = consul;
        this.settings = settings;
        this.metrics = metrics;
    }

    record ServiceEntry(
            @JsonProperty("Node") @Nullable Node node,
            @JsonProperty("Service") Service service) {}

    record Node(@JsonProperty("Address") @Nullable String address) {}

    record Service(
            @JsonProperty("ID") String id,
            @JsonProperty("Address") @Nullable String address,
            @JsonProperty("Port") int port,
            @JsonProperty("Meta") @Nullable Map<String, String> meta) {}

    record KeptService(String group, String service, SortedMap<String, List<KeptInstance>> clusters) {}

    record KeptInstance(String id, String address, int port) {}

    /** Applies what an earlier run left on disk. */
    void load() throws IOException {
        for (String name : files.names()) {
            try {
                KeptService kept = Json.STRICT.readValue(files.read(name), KeptService.class);
                SortedMap<String, List<Endpoint>> instances = new TreeMap<>();
                kept.clusters()
                        .forEach((cluster, list) -> instances.put(
                                cluster,
                                list.stream()
                                        .map(instance ->
                                                new Endpoint(instance.id(), instance.address(), instance.port()))
                                        .toList()));
                state.apply(new ServiceKey(kept.group(), kept.service()), instances);
            } catch (JacksonException | IOException e) {
                log.warn("instances of {} cannot be read from disk: {}", name, e.getMessage());
            }
        }
    }

    @Override
    public void start() {
        running = true;
        state.onChange(this::followServices);
        followServices();
    }

    @Override
    public void stop() {
        running = false;
        followers.stop(PATIENCE);
    }

    /** Starts before the web server and stops after it has finished what was in flight. */
    @Override
    public int getPhase() {
        return 1;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Looks up, once and not for long, the services of a table that nothing is known of yet. */
    void lookUpNewServices(RouteTable table) {
        for (Entry entry : table.entries()) {
            ServiceKey service = new ServiceKey(table.group(), entry.service());
            if (!state.snapshot().endpoints().containsKey(service)) {
                try {
                    apply(service, consul.get(path(service), FIRST_LOOK));
                } catch (IOException | JacksonException e) {
                    metrics.sourceFailed("consul");
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private void followServices() {
        if (running) {
            var services = state.snapshot().services();
            services.forEach(service -> followers.start(service, () -> follow(service)));
            followers.retain(services);
        }
    }

    private void follow(ServiceKey service) throws InterruptedException {
        long index = 0;
        boolean answers = true;
        while (running) {
            long asked = System.nanoTime();
            try {
                String blocking = index == 0
                        ? ""
                        : "&index=" + index + "&wait=" + settings.longPoll().toSeconds() + "s";
                HttpResponse<String> answer = consul.get(
                        path(service) + blocking,
                        settings.longPoll().multipliedBy(2).plus(PATIENCE));
                boolean changed = apply(service, answer);
                long next = answer.headers().firstValueAsLong("X-Consul-Index").orElse(0);
                // An index that went backwards means that the server starts over: so does the client.
                index = next < index ? 0 : Math.max(1, next);
                if (!answers) {
                    answers = true;
                    log.info("Consul answers again for {}", service.registryName());
                }
                boolean immediate = System.nanoTime() - asked < SHORT_PAUSE.toNanos();
                if (!changed && immediate) {
                    Thread.sleep(SHORT_PAUSE);
                }
            } catch (IOException | JacksonException | NumberFormatException e) {
                metrics.sourceFailed("consul");
                if (answers) {
                    answers = false;
                    log.warn(
                            "Consul does not answer for {}, its instances stay: {}",
                            service.registryName(),
                            e.toString());
                }
                index = 0;
                Thread.sleep(PAUSE);
            }
        }
    }

    private static String path(ServiceKey service) {
        return "/v1/health/service/" + URLEncoder.encode(service.registryName(), StandardCharsets.UTF_8) + "?passing";
    }

    private boolean apply(ServiceKey key, HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() != 200) {
            throw new IOException("answered " + answer.statusCode());
        }
        if (answer.headers().firstValue("X-Consul-KnownLeader").orElse("true").equals("false")) {
            throw new IOException("has no leader");
        }
        SortedMap<String, List<Endpoint>> instances = new TreeMap<>();
        for (ServiceEntry entry : Json.LENIENT.readValue(answer.body(), ServiceEntry[].class)) {
            Service service = entry.service();
            Map<String, String> meta = service.meta() == null ? Map.of() : service.meta();
            String cluster = meta.get("tricolor-cluster");
            // Names are joined by a dash, which both may hold: the registry's name alone does not tell whose instance
            // it is.
            if (cluster == null
                    || !meta.getOrDefault("tricolor-group", key.group()).equals(key.group())
                    || !meta.getOrDefault("tricolor-service", key.service()).equals(key.service())) {
                continue;
            }
            String address = service.address();
            if (address == null || address.isEmpty()) {
                address = entry.node() == null ? null : entry.node().address();
            }
            if (address != null && service.port() > 0) {
                instances
                        .computeIfAbsent(cluster, c -> new ArrayList<>())
                        .add(new Endpoint(service.id(), address, service.port()));
            }
        }
        boolean changed = state.apply(key, instances);
        if (changed) {
            keep(key);
        }
        return changed;
    }

    private synchronized void keep(ServiceKey key) {
        SortedMap<String, List<KeptInstance>> clusters = new TreeMap<>();
        state.snapshot()
                .endpoints(key)
                .byCluster()
                .forEach((cluster, list) -> clusters.put(
                        cluster,
                        list.stream()
                                .map(endpoint -> new KeptInstance(endpoint.id(), endpoint.address(), endpoint.port()))
                                .toList()));
        try {
            files.write(
                    key.group() + "~" + key.service(),
                    Json.STRICT.writeValueAsString(new KeptService(key.group(), key.service(), clusters)));
        } catch (IOException e) {
            log.warn("instances of {} cannot be kept on disk: {}", key.registryName(), e.toString());
        }
        log.info("{}: {}", key.registryName(), clusters.isEmpty() ? "no instance" : summary(clusters));
    }

    private static String summary(SortedMap<String, List<KeptInstance>> clusters) {
        StringBuilder summary = new StringBuilder();
        clusters.forEach((cluster, list) -> summary.append(summary.isEmpty() ? "" : ", ")
                .append(cluster)
                .append('=')
                .append(list.size()));
        return summary.toString();
    }
}
