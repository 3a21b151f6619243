package io.tricolor.gateway;

import io.tricolor.contracts.group.Entry;
import io.tricolor.router.sources.ConsulHealth;
import io.tricolor.router.sources.FilteredAnswer;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.core.JacksonException;

/**
 * Brings instances: one blocking query on Consul for each service that an entry names. Only an answer changes what is
 * known, also
 * an empty one; a failure never does. What is known is kept on disk for a start while Consul is down.
 */
final class EndpointSource extends Source<ServiceKey> {

    private static final Logger log = LoggerFactory.getLogger(EndpointSource.class);
    private static final Duration FIRST_LOOK = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SHORT_PAUSE = Duration.ofMillis(100);

    private final RoutingState state;
    private final StateFiles files;
    private final Peer consul;
    private final GatewaySettings settings;
    private final GatewayMetrics metrics;

    EndpointSource(
            RoutingState state, StateFiles files, Peer consul, GatewaySettings settings, GatewayMetrics metrics) {
        super("endpoints", metrics);
        this.state = state;
        this.files = files;
        this.consul = consul;
        this.settings = settings;
        this.metrics = metrics;
    }

    record KeptService(String group, String service, SortedMap<String, List<Instance>> clusters) {}

    /** Applies what an earlier run left on disk. */
    void load() throws IOException {
        for (String name : files.names()) {
            try {
                KeptService kept = Json.STRICT.readValue(files.read(name), KeptService.class);
                state.apply(new ServiceKey(kept.group(), kept.service()), endpoints(kept.clusters()));
            } catch (JacksonException | IOException e) {
                log.warn("instances of {} cannot be read from disk: {}", name, e.getMessage());
            }
        }
    }

    @Override
    void begin() {
        state.onTables(this::followServices);
        followServices();
    }

    /** Looks up, once and not for long, the services of a table that nothing is known of yet. */
    void lookUpNewServices(RouteTable table) {
        for (Entry entry : table.entries()) {
            ServiceKey service = new ServiceKey(table.group(), entry.service());
            if (!state.snapshot().endpoints().containsKey(service)) {
                try {
                    apply(service, consul.get(ConsulHealth.path(service), FIRST_LOOK));
                } catch (IOException e) {
                    metrics.sourceFailed(FilteredAnswer.source(e));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private void followServices() {
        if (isRunning()) {
            var services = state.snapshot().services();
            services.forEach(service -> loops.start(service, new Following(service)));
            loops.retain(services);
        }
    }

    /** One blocking query after the other for a service. */
    private final class Following implements Loops.Turn {

        private final ServiceKey service;
        private long index;
        private boolean answers = true;

        Following(ServiceKey service) {
            this.service = service;
        }

        @Override
        public Duration run() throws InterruptedException {
            long asked = System.nanoTime();
            try {
                String blocking = index == 0
                        ? ""
                        : "&index=" + index + "&wait=" + settings.longPoll().toSeconds() + "s";
                HttpResponse<String> answer = consul.get(
                        ConsulHealth.path(service) + blocking,
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
                return !changed && immediate ? SHORT_PAUSE : Duration.ZERO;
            } catch (IOException | NumberFormatException e) {
                metrics.sourceFailed(FilteredAnswer.source(e));
                if (answers) {
                    answers = false;
                    log.warn(
                            "Consul does not answer for {}, its instances stay: {}",
                            service.registryName(),
                            e.toString());
                }
                index = 0;
                return PAUSE;
            }
        }
    }

    private boolean apply(ServiceKey key, HttpResponse<String> answer) throws IOException, InterruptedException {
        SortedMap<String, List<Instance>> healthy = ConsulHealth.instances(key, answer);
        SortedMap<String, List<Instance>> used = healthy.isEmpty() && settings.panic() ? lastHealthy(key) : healthy;
        boolean panics = healthy.isEmpty() && !used.isEmpty();
        if (metrics.panics(key, panics)) {
            log.atLevel(panics ? Level.ERROR : Level.INFO)
                    .log(
                            "{}: {}",
                            key.registryName(),
                            panics
                                    ? "no instance of any cluster is healthy; requests go to those that were last"
                                    : "there are healthy instances again, or none is registered");
        }
        boolean changed = state.apply(key, endpoints(used));
        if (changed) {
            keep(key);
        }
        return changed;
    }

    /**
     * Of the instances that were healthy last, those that are registered still. When none is healthy any more, in no
     * cluster, it is more likely that their checks are wrong than that all of them are down at once.
     */
    private SortedMap<String, List<Instance>> lastHealthy(ServiceKey key) throws IOException, InterruptedException {
        SortedMap<String, List<Instance>> left = new TreeMap<>();
        SortedMap<String, List<Endpoint>> known =
                state.snapshot().endpoints(key).byCluster();
        if (known.isEmpty()) {
            return left;
        }
        SortedMap<String, List<Instance>> registered =
                ConsulHealth.instances(key, consul.get(ConsulHealth.registered(key), FIRST_LOOK));
        known.forEach((cluster, list) -> {
            List<Instance> still = list.stream()
                    .map(Endpoint::instance)
                    .filter(registered.getOrDefault(cluster, List.of())::contains)
                    .toList();
            if (!still.isEmpty()) {
                left.put(cluster, still);
            }
        });
        return left;
    }

    private static SortedMap<String, List<Endpoint>> endpoints(SortedMap<String, List<Instance>> instances) {
        SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
        instances.forEach((cluster, list) ->
                endpoints.put(cluster, list.stream().map(Endpoint::new).toList()));
        return endpoints;
    }

    private synchronized void keep(ServiceKey key) {
        SortedMap<String, List<Instance>> clusters = new TreeMap<>();
        state.snapshot()
                .endpoints(key)
                .byCluster()
                .forEach((cluster, list) -> clusters.put(
                        cluster, list.stream().map(Endpoint::instance).toList()));
        try {
            files.write(
                    key.group() + "~" + key.service(),
                    Json.STRICT.writeValueAsString(new KeptService(key.group(), key.service(), clusters)));
        } catch (IOException e) {
            log.warn("instances of {} cannot be kept on disk: {}", key.registryName(), e.toString());
        }
        log.info("{}: {}", key.registryName(), clusters.isEmpty() ? "no instance" : summary(clusters));
    }

    private static String summary(SortedMap<String, List<Instance>> clusters) {
        StringBuilder summary = new StringBuilder();
        clusters.forEach((cluster, list) -> summary.append(summary.isEmpty() ? "" : ", ")
                .append(cluster)
                .append('=')
                .append(list.size()));
        return summary.toString();
    }
}
