package io.tricolor.monitor.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.monitor.prometheus.TargetsController.TargetGroup;
import io.tricolor.monitor.registry.Registration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TargetsControllerTest {

    @Test
    void names_services_instances_with_metrics_and_routers_once() {
        List<Registration> registrations = List.of(
                new Registration(
                        "strategy-service", "s", "127.0.0.1", 8401, Map.of("secure", "false"), true, "passing"),
                new Registration(
                        "shop-web", "i1", "127.0.0.1", 8500, Map.of("tricolor-group", "shop"), true, "passing"),
                new Registration(
                        "shop-web",
                        "i2",
                        "127.0.0.1",
                        8501,
                        Map.of(
                                "tricolor-group",
                                "shop",
                                "tricolor-cluster",
                                "A",
                                "tricolor-service",
                                "web",
                                "tricolor-version",
                                "2",
                                "tricolor-metrics-path",
                                "/prom"),
                        false,
                        "critical"));
        List<KnownRouter> routers = List.of(router("r1", "127.0.0.1:8406"), router("r2", "127.0.0.1:8401"));
        assertThat(TargetsController.targets(registrations, routers))
                .containsExactly(
                        new TargetGroup(
                                List.of("127.0.0.1:8401"),
                                new TreeMap<>(Map.of("service", "strategy-service", "__metrics_path__", "/metrics"))),
                        new TargetGroup(
                                List.of("127.0.0.1:8501"),
                                new TreeMap<>(Map.of(
                                        "service",
                                        "web",
                                        "__metrics_path__",
                                        "/prom",
                                        "group",
                                        "shop",
                                        "cluster",
                                        "A",
                                        "version",
                                        "2"))),
                        new TargetGroup(
                                List.of("127.0.0.1:8406"),
                                new TreeMap<>(Map.of("service", "router", "router", "r1", "kind", "gateway"))));
    }

    private static KnownRouter router(String id, String address) {
        return new KnownRouter(
                new RouterReport(id, "b", "gateway", address, 1, 0, false, new TreeMap<>()), Instant.EPOCH, false);
    }
}
