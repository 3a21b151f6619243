package io.tricolor.gateway;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.Histogram;
import io.prometheus.client.hotspot.DefaultExports;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.Cohort;
import io.tricolor.routing.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the router counts. */
final class GatewayMetrics {

    private static final double[] BOUNDS = {.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};

    private final CollectorRegistry registry;
    private final Counter requests;
    private final Histogram durations;
    private final Counter cohortRequests;
    private final Histogram cohortDurations;
    private final Counter decisions;
    private final Counter unverifiedTokens;
    private final Counter unrouted;
    private final Counter retries;
    private final Counter rejectedTables;
    private final Counter sourceFailures;
    private final Counter addressFailures;
    private final Counter loopFailures;
    private final Gauge panic;
    private final Set<ServiceKey> panicking = ConcurrentHashMap.newKeySet();

    GatewayMetrics(CollectorRegistry registry, RoutingState state) {
        this.registry = registry;
        requests = Counter.build(
                        "tricolor_gateway_requests_total",
                        "Requests that were sent to a cluster, by class of the answer")
                .labelNames("group", "service", "cluster", "status")
                .register(registry);
        durations = Histogram.build(
                        "tricolor_gateway_request_duration_seconds", "From the decision to the last byte of the answer")
                .labelNames("group", "service", "cluster")
                .buckets(BOUNDS)
                .register(registry);
        cohortRequests = Counter.build(
                        "tricolor_gateway_cohort_requests_total",
                        "Those of both cohorts of a stage by percent, by class of the answer")
                .labelNames("group", "service", "cluster", "cohort", "status")
                .register(registry);
        cohortDurations = Histogram.build(
                        "tricolor_gateway_cohort_request_duration_seconds",
                        "Those of both cohorts of a stage by percent, from the decision to the last byte of the answer")
                .labelNames("group", "service", "cluster", "cohort")
                .buckets(BOUNDS)
                .register(registry);
        decisions = Counter.build("tricolor_gateway_decisions_total", "Decisions, by their reason")
                .labelNames("group", "service", "reason")
                .register(registry);
        unverifiedTokens = Counter.build(
                        "tricolor_gateway_unverified_tokens_total",
                        "Tokens that were looked at for a claim and do not count")
                .labelNames("reason")
                .register(registry);
        unrouted = Counter.build("tricolor_gateway_unrouted_requests_total", "Requests that no cluster was found for")
                .labelNames("group", "service", "reason")
                .register(registry);
        retries = Counter.build(
                        "tricolor_gateway_retries_total", "Requests that were sent to another instance of the cluster")
                .labelNames("group", "service", "cluster")
                .register(registry);
        rejectedTables = Counter.build("tricolor_gateway_rejected_tables_total", "Route tables that were refused")
                .labelNames("group")
                .register(registry);
        sourceFailures = Counter.build(
                        "tricolor_gateway_source_failures_total", "Failed calls for tables and instances")
                .labelNames("source")
                .register(registry);
        addressFailures = Counter.build(
                        "tricolor_gateway_strategy_address_failures_total",
                        "Calls of strategy-service that an address did not answer, or by 5xx")
                .labelNames("address")
                .register(registry);
        loopFailures = Counter.build(
                        "tricolor_gateway_loop_failures_total",
                        "Turns of loops that ended by something unforeseen; the loop goes on")
                .labelNames("loop")
                .register(registry);
        panic = Gauge.build(
                        "tricolor_gateway_panic",
                        "1 while no instance of any cluster is healthy and requests go to those that were last")
                .labelNames("group", "service")
                .register(registry);
        registry.register(new StateCollector(state));
        DefaultExports.register(registry);
    }

    CollectorRegistry registry() {
        return registry;
    }

    void request(ServiceKey service, String cluster, @Nullable Cohort cohort, int status, long nanos) {
        String outcome = status == 0 ? "aborted" : status / 100 + "xx";
        requests.labels(service.group(), service.service(), cluster, outcome).inc();
        durations.labels(service.group(), service.service(), cluster).observe(nanos / 1e9);
        if (cohort != null) {
            cohortRequests
                    .labels(service.group(), service.service(), cluster, cohort.label(), outcome)
                    .inc();
            cohortDurations
                    .labels(service.group(), service.service(), cluster, cohort.label())
                    .observe(nanos / 1e9);
        }
    }

    void decided(ServiceKey service, Decision.Reason reason) {
        decisions.labels(service.group(), service.service(), reason.name()).inc();
    }

    void tokenUnverified(String reason) {
        unverifiedTokens.labels(reason).inc();
    }

    void unrouted(String group, String service, String reason) {
        unrouted.labels(group, service, reason).inc();
    }

    void retry(ServiceKey service, String cluster) {
        retries.labels(service.group(), service.service(), cluster).inc();
    }

    void tableRejected(String group) {
        rejectedTables.labels(group).inc();
    }

    void sourceFailed(String source) {
        sourceFailures.labels(source).inc();
    }

    void addressFailed(String address) {
        addressFailures.labels(address).inc();
    }

    void strategyIsAt(Supplier<String> address) {
        registry.register(new Collector() {
            @Override
            public List<MetricFamilySamples> collect() {
                return List.of(new GaugeMetricFamily(
                                "tricolor_gateway_strategy_address",
                                "1 for the address of strategy-service that is asked first",
                                List.of("address"))
                        .addMetric(List.of(address.get()), 1));
            }
        });
    }

    /** Whether that is new. */
    boolean panics(ServiceKey service, boolean panics) {
        panic.labels(service.group(), service.service()).set(panics ? 1 : 0);
        return panics ? panicking.add(service) : panicking.remove(service);
    }

    void loopFailed(String loop) {
        loopFailures.labels(loop).inc();
    }

    void tablesAreAgedBy(Map<String, Instant> appliedAt) {
        registry.register(new Collector() {
            @Override
            public List<MetricFamilySamples> collect() {
                GaugeMetricFamily age = new GaugeMetricFamily(
                        "tricolor_gateway_table_age_seconds", "Since the applied table was applied", List.of("group"));
                Instant now = Instant.now();
                appliedAt.forEach((group, at) ->
                        age.addMetric(List.of(group), Duration.between(at, now).toMillis() / 1e3));
                return List.of(age);
            }
        });
    }

    private static final class StateCollector extends Collector {

        private final RoutingState state;

        StateCollector(RoutingState state) {
            this.state = state;
        }

        @Override
        public List<MetricFamilySamples> collect() {
            GaugeMetricFamily version =
                    new GaugeMetricFamily("tricolor_gateway_table_version", "Applied table", List.of("group"));
            GaugeMetricFamily epoch = new GaugeMetricFamily(
                    "tricolor_gateway_table_epoch", "Epoch of the applied table", List.of("group"));
            GaugeMetricFamily inFlight = new GaugeMetricFamily(
                    "tricolor_gateway_requests_in_flight", "Requests not yet answered", List.of("group", "cluster"));
            GaugeMetricFamily instances = new GaugeMetricFamily(
                    "tricolor_gateway_instances", "Healthy instances", List.of("group", "service", "cluster"));
            RoutingState.Snapshot snapshot = state.snapshot();
            snapshot.tables().forEach((group, table) -> {
                version.addMetric(List.of(group), (double) table.table().version());
                epoch.addMetric(List.of(group), (double) table.table().epoch());
            });
            state.inFlight()
                    .forEach((group, clusters) ->
                            clusters.forEach((cluster, count) -> inFlight.addMetric(List.of(group, cluster), count)));
            snapshot.endpoints()
                    .forEach((key, endpoints) -> endpoints
                            .byCluster()
                            .forEach((cluster, list) ->
                                    instances.addMetric(List.of(key.group(), key.service(), cluster), list.size())));
            return List.of(version, epoch, inFlight, instances);
        }
    }
}
