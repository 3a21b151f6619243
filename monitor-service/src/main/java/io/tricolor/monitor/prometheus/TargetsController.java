package io.tricolor.monitor.prometheus;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.monitor.drain.watch.DrainWatch;
import io.tricolor.monitor.registry.Consul;
import io.tricolor.monitor.registry.Registration;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * What Prometheus is to scrape, in the format of {@code http_sd}: every service of the suite, every router that gives
 * an address, and instances of groups that name the path of their metrics. Labels only, no secrets. When the registry
 * cannot be read the answer is a failure, and Prometheus keeps the targets that it has.
 */
@RestController
@RequestMapping("/api/prometheus")
class TargetsController {

    private final Consul consul;
    private final DrainWatch routers;

    TargetsController(Consul consul, DrainWatch routers) {
        this.consul = consul;
        this.routers = routers;
    }

    /** Addresses that share labels. */
    record TargetGroup(List<String> targets, SortedMap<String, String> labels) {}

    @GetMapping("/targets")
    @Operation(summary = "Targets for the HTTP service discovery of Prometheus")
    Mono<List<TargetGroup>> targets() {
        return RequestSteps.blocking("consul.registrations", () -> {
            try {
                return targets(consul.registrations(), routers.routers().orElse(List.of()));
            } catch (IOException e) {
                throw new Rejected(Code.UPSTREAM_UNAVAILABLE, "the registry cannot be read: " + e.getMessage());
            }
        });
    }

    static List<TargetGroup> targets(List<Registration> registrations, List<KnownRouter> routers) {
        Map<SortedMap<String, String>, Set<String>> groups = new LinkedHashMap<>();
        Set<String> taken = new LinkedHashSet<>();
        for (Registration registration : registrations) {
            String path = registration.meta().get(Registration.METRICS_PATH);
            if (registration.isOfGroup() && path == null) {
                continue;
            }
            SortedMap<String, String> labels = new TreeMap<>();
            labels.put("service", registration.meta().getOrDefault(Registration.SERVICE, registration.service()));
            labels.put("__metrics_path__", path == null ? "/metrics" : path);
            copy(registration, Registration.GROUP, labels, "group");
            copy(registration, Registration.CLUSTER, labels, "cluster");
            copy(registration, Registration.VERSION, labels, "version");
            groups.computeIfAbsent(labels, l -> new LinkedHashSet<>()).add(registration.address());
            taken.add(registration.address());
        }
        for (KnownRouter router : routers) {
            String address = router.report().address();
            if (address != null && taken.add(address)) {
                SortedMap<String, String> labels = new TreeMap<>();
                labels.put("service", "router");
                labels.put("router", router.report().routerId());
                labels.put("kind", router.report().kind());
                groups.computeIfAbsent(labels, l -> new LinkedHashSet<>()).add(address);
            }
        }
        return groups.entrySet().stream()
                .map(group -> new TargetGroup(List.copyOf(group.getValue()), group.getKey()))
                .toList();
    }

    private static void copy(Registration from, String key, SortedMap<String, String> labels, String label) {
        String value = from.meta().get(key);
        if (value != null) {
            labels.put(label, value);
        }
    }
}
