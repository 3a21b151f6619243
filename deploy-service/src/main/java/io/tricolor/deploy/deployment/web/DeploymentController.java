package io.tricolor.deploy.deployment.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.deployment.query.DeploymentStreams;
import io.tricolor.deploy.reconcile.ObservationPublisher;
import io.tricolor.kit.requestlog.RequestSteps;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What is desired and what is seen, for people. Desired states come by Kafka only. */
@RestController
@RequestMapping("/api/deployments")
class DeploymentController {

    private static final int MAX_LIMIT = 500;
    private static final int HISTORY = 100;

    private final DeploymentStreams streams;
    private final ObservationPublisher observations;

    DeploymentController(DeploymentStreams streams, ObservationPublisher observations) {
        this.streams = streams;
        this.observations = observations;
    }

    /**
     * A page of deployments.
     *
     * @param next to be given as {@code after} for the next page; null on the last one
     */
    record DeploymentPage(
            List<DeploymentView> deployments, @Nullable String next) {}

    /**
     * A deployment.
     *
     * @param desired the desired state that holds, and what was last recorded
     * @param observed what was last seen; null until something was, after a start
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DeploymentView(
            DeploymentState desired,
            @Nullable ClusterObserved observed,
            @Nullable List<Line> history) {}

    /** One line of a deployment's history. */
    record Line(long sequence, Instant at, String type, Object event) {}

    @GetMapping
    @Operation(summary = "Deployments of clusters: desired and observed")
    Mono<DeploymentPage> list(
            @RequestParam(required = false) @Nullable String after, @RequestParam(defaultValue = "50") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        return RequestSteps.blocking("deployments", () -> {
            List<DeploymentState> page = streams.page(after, limit);
            return new DeploymentPage(
                    page.stream().map(state -> view(state, null)).toList(),
                    page.size() < limit ? null : page.getLast().deploymentId());
        });
    }

    @GetMapping("/{group}/{cluster}")
    @Operation(summary = "The deployment of one cluster, with its history")
    Mono<DeploymentView> get(@PathVariable String group, @PathVariable String cluster) {
        return RequestSteps.blocking("deployment", () -> {
            DeploymentState state = streams.current(group + "/" + cluster)
                    .orElseThrow(() ->
                            new Rejected(Code.DEPLOYMENT_NOT_FOUND, "there is no deployment " + group + "/" + cluster));
            List<Line> history = streams.history(state, HISTORY).stream()
                    .map(event -> new Line(
                            event.sequence(),
                            event.at(),
                            EventTypes.nameOf(event.payload().getClass()),
                            event.payload()))
                    .toList();
            return view(state, history);
        });
    }

    private DeploymentView view(DeploymentState state, @Nullable List<Line> history) {
        return new DeploymentView(state, observations.last(state.deploymentId()).orElse(null), history);
    }
}
