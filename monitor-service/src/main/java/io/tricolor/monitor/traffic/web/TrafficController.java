package io.tricolor.monitor.traffic.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.monitor.traffic.domain.TrafficMeter.Rate;
import io.tricolor.monitor.traffic.watch.TrafficWatch;
import io.tricolor.monitor.traffic.watch.TrafficWatch.Measured;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** How much traffic goes where. */
@RestController
@RequestMapping("/api/traffic")
class TrafficController {

    private final TrafficWatch watch;

    TrafficController(TrafficWatch watch) {
        this.watch = watch;
    }

    /**
     * Traffic by group and cluster, those that had some.
     *
     * @param seconds over which it was measured; 0: this was the first reading, ask again
     * @param routers how many were read
     * @param unread those that could not be read, with the reason
     * @param known whether it is known which routers there are
     */
    record TrafficView(
            Instant at,
            double seconds,
            int routers,
            List<String> unread,
            boolean known,
            SortedMap<String, SortedMap<String, Rate>> groups) {}

    @GetMapping
    @Operation(summary = "Requests and errors per second by group and cluster, as routers count them")
    Mono<TrafficView> traffic(@RequestParam(required = false) @Nullable String group) {
        return RequestSteps.blocking("traffic", () -> view(watch.measure(), group));
    }

    private static TrafficView view(Measured measured, @Nullable String group) {
        SortedMap<String, SortedMap<String, Rate>> groups = measured.traffic().groups();
        if (group != null) {
            SortedMap<String, SortedMap<String, Rate>> one = new TreeMap<>();
            one.put(group, groups.getOrDefault(group, new TreeMap<>()));
            groups = one;
        }
        return new TrafficView(
                measured.at(),
                measured.traffic().seconds(),
                measured.routers(),
                measured.unread(),
                measured.known(),
                groups);
    }
}
