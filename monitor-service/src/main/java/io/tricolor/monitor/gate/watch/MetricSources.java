package io.tricolor.monitor.gate.watch;

import io.prometheus.client.Counter;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate.Source;
import io.tricolor.contracts.group.SeriesSelector;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.monitor.gate.domain.InstanceCounters;
import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.gate.domain.RouterCounters.Cluster;
import io.tricolor.monitor.gate.domain.RouterCounters.Counts;
import io.tricolor.monitor.registry.Consul;
import io.tricolor.monitor.registry.MonitorProperties;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.monitor.registry.Registration;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads the counters of gates that do not go by the routers. Blocking. What cannot be read is named and counts on no
 * side; a counter that nobody has is 0.
 */
@Component
class MetricSources {

    private static final Counter READINGS = Counter.build(
                    "tricolor_monitor_gate_source_readings_total",
                    "Readings of Prometheus and of instances for gates, by how they ended")
            .labelNames("source", "outcome")
            .register();

    private static final String PROMETHEUS = "prometheus";

    private final MonitorProperties properties;
    private final Outgoing outgoing;
    private final Registry registry;

    /** Everything that is registered. */
    interface Registry {
        List<Registration> registrations() throws IOException, InterruptedException;
    }

    @Autowired
    MetricSources(MonitorProperties properties, Outgoing outgoing, Consul consul) {
        this(properties, outgoing, consul::registrations);
    }

    MetricSources(MonitorProperties properties, Outgoing outgoing, Registry registry) {
        this.properties = properties;
        this.outgoing = outgoing;
        this.registry = registry;
    }

    /**
     * What was read.
     *
     * @param pages by what counts: an instance, or Prometheus
     * @param unread what could not be read, with the reason
     */
    record Reading(Map<String, RouterCounters> pages, List<String> unread) {}

    Reading read(JudgeGate command, Source source) throws InterruptedException {
        Reading reading = switch (source.from()) {
            case PROMETHEUS -> fromPrometheus(command, source);
            case INSTANCES -> fromInstances(command, source);
        };
        String name = source.from().name();
        READINGS.labels(name, "read").inc(reading.pages().size());
        READINGS.labels(name, "failed").inc(reading.unread().size());
        return reading;
    }

    private Reading fromPrometheus(JudgeGate command, Source source) throws InterruptedException {
        URI url = properties.prometheusUrl();
        if (url == null) {
            return new Reading(Map.of(), List.of("tricolor.monitor.prometheus-url names no Prometheus"));
        }
        try {
            Map<Cluster, Counts> clusters = new HashMap<>();
            for (String cluster : List.of(command.canary(), command.baseline())) {
                long total = ask(url, source.total(), command.groupId(), cluster);
                long bad = ask(url, source.bad(), command.groupId(), cluster);
                clusters.put(
                        new Cluster(command.groupId(), command.services().first(), cluster),
                        new Counts(total, bad, Collections.emptyNavigableMap()));
            }
            return new Reading(Map.of(PROMETHEUS, new RouterCounters(Double.NaN, clusters)), List.of());
        } catch (IOException e) {
            return new Reading(Map.of(), List.of(PROMETHEUS + ": " + e.getMessage()));
        }
    }

    private long ask(URI url, String expression, String group, String cluster)
            throws IOException, InterruptedException {
        String query = expression.replace("$group", group).replace("$cluster", cluster);
        String base = url.toString().replaceFirst("/+$", "");
        HttpAnswer answer = outgoing.get(
                URI.create(base + "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8)), Map.of());
        try {
            JsonNode body = ContractsJson.mapper().readTree(answer.text());
            if (!body.path("status").asString("").equals("success")) {
                throw new IOException(body.path("error").asString("answered " + answer.status()));
            }
            return sum(body.path("data"));
        } catch (JacksonException e) {
            throw new IOException("answered " + answer.status() + " and no JSON", e);
        }
    }

    /** Of a vector or a scalar; anything else is no counter. */
    private static long sum(JsonNode data) throws IOException {
        List<String> values = new ArrayList<>();
        switch (data.path("resultType").asString("")) {
            case "vector" ->
                data.path("result").forEach(one -> values.add(one.at("/value/1").asString("")));
            case "scalar" -> values.add(data.at("/result/1").asString(""));
            default -> throw new IOException("the answer is neither a vector nor a scalar");
        }
        double sum = 0;
        for (String value : values) {
            try {
                sum += Double.parseDouble(value);
            } catch (NumberFormatException e) {
                throw new IOException("'" + value + "' is no number", e);
            }
        }
        if (!(sum >= 0 && sum < Long.MAX_VALUE)) {
            throw new IOException(sum + " is no count");
        }
        return (long) sum;
    }

    private Reading fromInstances(JudgeGate command, Source source) throws InterruptedException {
        List<Registration> registrations;
        try {
            registrations = registry.registrations();
        } catch (IOException e) {
            return new Reading(Map.of(), List.of("the registry: " + e.getMessage()));
        }
        SeriesSelector total = SeriesSelector.of(source.total()).orElseThrow();
        SeriesSelector bad = SeriesSelector.of(source.bad()).orElseThrow();
        Map<String, RouterCounters> pages = new HashMap<>();
        List<String> unread = new ArrayList<>();
        for (Registration registration : registrations) {
            Map<String, String> meta = registration.meta();
            String cluster = meta.getOrDefault(Registration.CLUSTER, "");
            String service = meta.getOrDefault(Registration.SERVICE, "");
            boolean isMeant = command.groupId().equals(meta.get(Registration.GROUP))
                    && command.services().contains(service)
                    && (cluster.equals(command.canary()) || cluster.equals(command.baseline()));
            if (!isMeant) {
                continue;
            }
            String path = meta.get(Registration.METRICS_PATH);
            if (path == null) {
                unread.add(registration.id() + " is registered without " + Registration.METRICS_PATH);
                continue;
            }
            try {
                HttpAnswer answer = outgoing.getReported(registration.address(), path);
                if (answer.isOk()) {
                    pages.put(
                            registration.id(),
                            InstanceCounters.read(
                                    answer.text(), new Cluster(command.groupId(), service, cluster), total, bad));
                } else {
                    unread.add(registration.id() + ": answered " + answer.status());
                }
            } catch (IOException e) {
                unread.add(registration.id() + ": " + e.getMessage());
            }
        }
        return new Reading(pages, unread);
    }
}
