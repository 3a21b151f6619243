package io.tricolor.consul;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.Histogram;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.RequestObserver;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code /metrics} in the text format of Prometheus. */
final class Metrics extends Collector {
    private static final double NANOS = 1e9;

    private final CollectorRegistry registry = new CollectorRegistry();
    private final Engine engine;
    private final CheckRunner runner;
    private final Histogram requests = Histogram.build(
                    "tricolor_consul_request_seconds", "Duration of requests, waiting included.")
            .labelNames("method", "route", "status")
            .buckets(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300)
            .register(registry);

    Metrics(Engine engine, CheckRunner runner) {
        this.engine = engine;
        this.runner = runner;
        DefaultExports.register(registry);
        registry.register(this);
    }

    RequestObserver observer() {
        return (method, route, status, nanos) ->
                requests.labels(method, route, Integer.toString(status)).observe(nanos / NANOS);
    }

    void addTo(LocalServer.Builder server) {
        server.get("/metrics", request -> scrape());
    }

    @Override
    public List<MetricFamilySamples> collect() {
        GaugeMetricFamily checks =
                new GaugeMetricFamily("tricolor_consul_checks", "Checks by what they say.", List.of("status"));
        for (CheckStatus status : CheckStatus.values()) {
            long count = engine.read(state ->
                    state.checks().stream().filter(c -> c.status() == status).count());
            checks.addMetric(List.of(status.word()), (double) count);
        }
        return List.of(
                checks,
                gauge("index", "Index of the last change.", engine.read(State::last)),
                gauge("keys", "Keys stored.", engine.read(State::keyCount)),
                gauge(
                        "services",
                        "Instances registered.",
                        engine.read(s -> s.services().size())),
                gauge(
                        "sessions",
                        "Sessions alive.",
                        engine.read(s -> s.sessions().size())),
                gauge(
                        "watchers",
                        "Blocking queries that wait.",
                        engine.watches().waiting()),
                gauge("log_bytes", "Size of the log on disk.", engine.logSize()),
                new CounterMetricFamily("tricolor_consul_watch_wakeups", "Blocking queries woken by a change.", (double)
                        engine.watches().wakeups()),
                new CounterMetricFamily("tricolor_consul_checks_executed", "HTTP and TCP checks executed.", (double)
                        runner.executed()));
    }

    private Response scrape() throws IOException {
        StringWriter text = new StringWriter();
        TextFormat.write004(text, registry.metricFamilySamples());
        return Response.bytes(200, TextFormat.CONTENT_TYPE_004, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static MetricFamilySamples gauge(String name, String help, long value) {
        return new GaugeMetricFamily("tricolor_consul_" + name, help, (double) value);
    }
}
