package io.tricolor.deploy.log;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.deployment.query.DeploymentStreams;
import io.tricolor.deploy.orchestrator.InstanceLogs;
import io.tricolor.deploy.orchestrator.InstanceLogs.Kept;
import io.tricolor.deploy.orchestrator.InstanceLogs.Part;
import io.tricolor.deploy.orchestrator.InstanceLogs.Stream;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import io.tricolor.deploy.reconcile.ObservationPublisher;
import io.tricolor.kit.requestlog.RequestSteps;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Instances of a cluster and what they write. */
@RestController
@RequestMapping("/api/groups/{group}/clusters/{cluster}/instances")
class InstanceController {

    private static final String LOG = "/{instance}/log";
    private static final int MAX_LINES = 10_000;
    private static final int MAX_WAIT_SECONDS = 20;

    private final DeploymentStreams streams;
    private final ObservationPublisher observations;
    private final InstanceLogs logs;
    private final Followers followers;

    InstanceController(
            DeploymentStreams streams, ObservationPublisher observations, InstanceLogs logs, Followers followers) {
        this.streams = streams;
        this.observations = observations;
        this.logs = logs;
        this.followers = followers;
    }

    /** Those that run, then those that have ended and of which a log is kept. */
    record Instances(List<InstanceView> instances) {}

    /**
     * One instance.
     *
     * @param healthy null for one that has ended
     * @param writtenAt when it wrote something last, about; null when no log of it is kept
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record InstanceView(
            String instanceId,
            String service,
            boolean running,
            @Nullable Boolean healthy,
            @Nullable String host,
            @Nullable Integer port,
            @Nullable Instant writtenAt) {}

    /**
     * Some of a log.
     *
     * @param from position of the first byte of {@code text}
     * @param next position to go on from
     * @param ended whether the instance has ended and nothing comes behind this
     */
    record LogView(String instanceId, String stream, long from, long next, boolean ended, String text) {}

    @GetMapping
    @Operation(summary = "Instances of a cluster")
    Mono<Instances> instances(@PathVariable String group, @PathVariable String cluster) {
        return RequestSteps.blocking("instances", () -> {
            DeploymentState deployment = deployment(group, cluster);
            List<InstanceView> views = new ArrayList<>();
            ClusterObserved observed =
                    observations.last(deployment.deploymentId()).orElse(null);
            for (var manifest : deployment.manifest().services()) {
                Map<String, Kept> kept = new HashMap<>();
                List<Kept> newest = kept(new ServiceKey(group, deployment.cluster(), manifest.name()));
                newest.forEach(log -> kept.put(log.instanceId(), log));
                List<String> running = new ArrayList<>();
                if (observed != null) {
                    observed.services().stream()
                            .filter(service -> service.service().equals(manifest.name()))
                            .flatMap(service -> service.instances().stream())
                            .forEach(instance -> {
                                Kept log = kept.get(instance.instanceId());
                                running.add(instance.instanceId());
                                views.add(new InstanceView(
                                        instance.instanceId(),
                                        manifest.name(),
                                        true,
                                        instance.healthy(),
                                        instance.host(),
                                        instance.port(),
                                        log == null ? null : log.writtenAt()));
                            });
                }
                newest.stream()
                        .filter(log -> !running.contains(log.instanceId()))
                        .forEach(log -> views.add(new InstanceView(
                                log.instanceId(), manifest.name(), log.running(), null, null, null, log.writtenAt())));
            }
            return new Instances(views);
        });
    }

    @GetMapping(path = LOG, produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "A part of the log of an instance")
    Mono<LogView> log(
            @PathVariable String group,
            @PathVariable String cluster,
            @PathVariable String instance,
            @RequestParam(defaultValue = "stdout") String stream,
            @RequestParam(defaultValue = "200") int lines,
            @RequestParam(required = false) @Nullable Long from,
            @RequestParam(defaultValue = "0") int wait) {
        return RequestSteps.blocking("log", () -> {
            Stream wanted = checked(group, cluster, instance, stream, lines, from);
            if (wait < 0 || wait > MAX_WAIT_SECONDS) {
                throw new Rejected(Code.INVALID_ARGUMENT, "wait is from 0 to " + MAX_WAIT_SECONDS + " seconds");
            }
            Part part = part(instance, wanted, lines, from, Duration.ofSeconds(wait));
            return new LogView(
                    instance,
                    wanted.word(),
                    part.from(),
                    part.next(),
                    part.ended(),
                    new String(part.content(), StandardCharsets.UTF_8));
        });
    }

    /** The log as it is; with {@code follow} the answer goes on until the instance ends. */
    @GetMapping(path = LOG, produces = "text/plain;charset=UTF-8")
    @Operation(summary = "The log of an instance as text")
    Flux<String> text(
            @PathVariable String group,
            @PathVariable String cluster,
            @PathVariable String instance,
            @RequestParam(defaultValue = "stdout") String stream,
            @RequestParam(defaultValue = "200") int lines,
            @RequestParam(required = false) @Nullable Long from,
            @RequestParam(required = false) @Nullable String follow) {
        return begun(group, cluster, instance, stream, lines, from)
                .flatMapMany(begun -> isSet(follow)
                        ? followers.text(instance, begun.stream(), begun.part())
                        : Flux.just(new String(begun.part().content(), StandardCharsets.UTF_8)));
    }

    /** A line is an event, its id the position behind it; {@code Last-Event-ID} goes on from there. */
    @GetMapping(path = LOG, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(summary = "The log of an instance, followed")
    Flux<ServerSentEvent<String>> events(
            @PathVariable String group,
            @PathVariable String cluster,
            @PathVariable String instance,
            @RequestParam(defaultValue = "stdout") String stream,
            @RequestParam(defaultValue = "200") int lines,
            @RequestParam(required = false) @Nullable Long from,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable Long last) {
        return begun(group, cluster, instance, stream, lines, last == null ? from : last)
                .flatMapMany(begun -> followers.events(instance, begun.stream(), begun.part()));
    }

    /** The first part of what was asked for. */
    private record Begun(Stream stream, Part part) {}

    private Mono<Begun> begun(
            String group, String cluster, String instance, String stream, int lines, @Nullable Long from) {
        return RequestSteps.blocking("log", () -> {
            Stream wanted = checked(group, cluster, instance, stream, lines, from);
            return new Begun(wanted, part(instance, wanted, lines, from, Duration.ZERO));
        });
    }

    private Stream checked(
            String group, String cluster, String instance, String stream, int lines, @Nullable Long from) {
        DeploymentState deployment = deployment(group, cluster);
        if (!logs.isOf(deployment.groupId(), deployment.cluster(), instance)) {
            throw new Rejected(
                    Code.LOG_NOT_FOUND, "'" + instance + "' is no instance of cluster " + cluster + " of " + group);
        }
        if (lines < 1 || lines > MAX_LINES) {
            throw new Rejected(Code.INVALID_ARGUMENT, "lines is from 1 to " + MAX_LINES + ", not " + lines);
        }
        if (from != null && from < 0) {
            throw new Rejected(Code.INVALID_ARGUMENT, "from is at least 0, not " + from);
        }
        for (Stream known : Stream.values()) {
            if (known.word().equals(stream)) {
                return known;
            }
        }
        throw new Rejected(Code.INVALID_ARGUMENT, "stream is stdout or stderr");
    }

    private static boolean isSet(@Nullable String flag) {
        return flag != null && !flag.equals("false");
    }

    private Part part(String instance, Stream stream, int lines, @Nullable Long from, Duration wait)
            throws Unavailable {
        Optional<Part> part =
                from == null ? logs.tail(instance, stream, lines) : logs.read(instance, stream, from, wait);
        return part.orElseThrow(() ->
                new Rejected(Code.LOG_NOT_FOUND, "no " + stream.word() + " of instance " + instance + " is kept"));
    }

    private List<Kept> kept(ServiceKey service) {
        try {
            return logs.kept(service);
        } catch (Unavailable e) {
            return List.of(); // what runs is known without it
        }
    }

    private DeploymentState deployment(String group, String cluster) {
        return streams.current(group + "/" + cluster)
                .orElseThrow(() ->
                        new Rejected(Code.DEPLOYMENT_NOT_FOUND, "there is no deployment " + group + "/" + cluster));
    }
}
