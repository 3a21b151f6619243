package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.tricolor.deploy.orchestrator.Orchestrator.End;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Lack;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrator.Waiting;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** What a Deployment and its pods say. */
final class KubernetesReading {

    /** Between the name of a pod and the number of a run of its container. No name has it. */
    static final char RUN = '~';

    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    private static final Set<String> NO_IMAGE =
            Set.of("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError");

    private KubernetesReading() {}

    /**
     * One service.
     *
     * @param pods of this Deployment
     * @param now for what is so at present and does not say since when
     */
    static RunningService running(Deployment deployment, List<Pod> pods, Instant now) {
        String digest = annotation(deployment.getMetadata().getAnnotations(), KubernetesNames.DIGEST);
        List<Task> tasks = new ArrayList<>();
        List<End> ends = new ArrayList<>();
        Set<Lack> lacks = EnumSet.noneOf(Lack.class);
        StringJoiner why = new StringJoiner("; ");
        for (Pod pod : pods) {
            boolean current = digest.equals(annotation(pod.getMetadata().getAnnotations(), KubernetesNames.DIGEST));
            String unplaced = unplaced(pod);
            if (isPresent(pod) && unplaced == null) {
                tasks.add(new Task(pod.getMetadata().getName(), host(pod), port(pod), health(pod), current));
            }
            if (!current || isTerminating(pod)) {
                continue;
            }
            if (unplaced != null && isPresent(pod)) {
                lacks.addAll(lacks(unplaced));
                why.add(unplaced);
            }
            end(pod, now).ifPresent(ends::add);
        }
        for (DeploymentCondition condition : conditions(deployment)) {
            if ("ReplicaFailure".equals(condition.getType()) && "True".equals(condition.getStatus())) {
                lacks.add(Lack.SUITABILITY);
                why.add(Objects.requireNonNullElse(condition.getMessage(), "pods are not made"));
            }
        }
        return new RunningService(
                digest,
                replicas(deployment),
                isChanging(deployment),
                List.copyOf(tasks),
                ends.stream().max(Comparator.comparing(End::at)).orElse(null),
                new Waiting(lacks, null, why.toString()));
    }

    /** Why the scheduler has found no machine; null when it has found one, or has not looked yet. */
    private static @Nullable String unplaced(Pod pod) {
        PodCondition scheduled = condition(pod, "PodScheduled");
        return scheduled == null || !"False".equals(scheduled.getStatus())
                ? null
                : Objects.requireNonNullElse(scheduled.getMessage(), "");
    }

    static int replicas(Deployment deployment) {
        Integer replicas = deployment.getSpec().getReplicas();
        return replicas == null ? 1 : replicas;
    }

    /** Whether it has not yet seen its newest definition, or has not brought it about. */
    static boolean isChanging(Deployment deployment) {
        DeploymentStatus status = deployment.getStatus();
        Long generation = deployment.getMetadata().getGeneration();
        int desired = replicas(deployment);
        return status == null
                || status.getObservedGeneration() == null
                || (generation != null && status.getObservedGeneration() < generation)
                || count(status.getReplicas()) != desired
                || count(status.getUpdatedReplicas()) != desired
                || count(status.getReadyReplicas()) != desired;
    }

    private static int count(@Nullable Integer value) {
        return value == null ? 0 : value;
    }

    static boolean isTerminating(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    /** Whether something of it may run. What has been evicted stays listed. */
    static boolean isPresent(Pod pod) {
        return pod.getStatus() == null
                || pod.getStatus().getPhase() == null
                || !ENDED.contains(pod.getStatus().getPhase());
    }

    /** How often the container of the instances has ended. */
    static int restarts(Pod pod) {
        return statuses(pod, false).stream()
                .filter(status -> KubernetesNames.MAIN.equals(status.getName()))
                .map(status -> count(status.getRestartCount()))
                .findFirst()
                .orElse(0);
    }

    private static Health health(Pod pod) {
        if (isTerminating(pod)) {
            return Health.UNHEALTHY;
        }
        PodCondition ready = condition(pod, "Ready");
        if ("Unknown".equals(pod.getStatus() == null ? null : pod.getStatus().getPhase())
                || (ready != null && "Unknown".equals(ready.getStatus()))) {
            return Health.UNKNOWN;
        }
        return ready != null && "True".equals(ready.getStatus()) ? Health.HEALTHY : Health.UNHEALTHY;
    }

    private static String host(Pod pod) {
        return pod.getStatus() == null
                ? ""
                : Objects.requireNonNullElse(pod.getStatus().getPodIP(), "");
    }

    private static int port(Pod pod) {
        return pod.getSpec().getContainers().stream()
                .filter(container -> KubernetesNames.MAIN.equals(container.getName()))
                .flatMap(container -> container.getPorts().stream())
                .filter(port -> KubernetesNames.PORT.equals(port.getName()))
                .map(ContainerPort::getContainerPort)
                .findFirst()
                .orElse(0);
    }

    /** How an instance ended last, or what keeps it from beginning. */
    private static Optional<End> end(Pod pod, Instant now) {
        String name = pod.getMetadata().getName();
        for (ContainerStatus status : statuses(pod, true)) {
            ContainerStateTerminated last = lastEnd(status);
            if (last != null && !Objects.equals(0, last.getExitCode())) {
                String what = Objects.equals(last.getExitCode(), KubernetesObjects.CHECKSUM_WRONG)
                        ? "its sha256 is not the pinned one"
                        : Objects.requireNonNullElse(last.getMessage(), described(last));
                return Optional.of(new End(
                        name + RUN + run(status),
                        Objects.requireNonNullElse(last.getReason(), "Error"),
                        "failed to fetch the artifact: " + what,
                        instant(last.getFinishedAt(), now)));
            }
            Optional<End> waits = waits(name, status, now);
            if (waits.isPresent()) {
                return waits;
            }
        }
        for (ContainerStatus status : statuses(pod, false)) {
            Optional<End> waits = waits(name, status, now);
            if (waits.isPresent()) {
                return waits;
            }
            ContainerStateTerminated last = lastEnd(status);
            if (last != null) {
                ContainerStateWaiting waiting =
                        status.getState() == null ? null : status.getState().getWaiting();
                return Optional.of(new End(
                        name + RUN + run(status),
                        waiting != null && waiting.getReason() != null
                                ? waiting.getReason()
                                : Objects.requireNonNullElse(last.getReason(), "Error"),
                        described(last),
                        instant(last.getFinishedAt(), now)));
            }
        }
        if (!isPresent(pod)) {
            return Optional.of(new End(
                    name,
                    Objects.requireNonNullElse(
                            pod.getStatus().getReason(), pod.getStatus().getPhase()),
                    Objects.requireNonNullElse(pod.getStatus().getMessage(), "the pod has ended"),
                    instant(pod.getMetadata().getCreationTimestamp(), now)));
        }
        return Optional.empty();
    }

    /** The image, or something that the container needs, cannot be had. It is so now. */
    private static Optional<End> waits(String pod, ContainerStatus status, Instant now) {
        ContainerStateWaiting waiting =
                status.getState() == null ? null : status.getState().getWaiting();
        String reason = waiting == null ? null : waiting.getReason();
        if (waiting == null || reason == null || !(NO_IMAGE.contains(reason) || reason.startsWith("Create"))) {
            return Optional.empty();
        }
        String message = Objects.requireNonNullElse(waiting.getMessage(), status.getImage());
        return Optional.of(new End(
                pod,
                reason,
                (NO_IMAGE.contains(reason) ? "failed to pull the image: " : reason + ": ") + message,
                now));
    }

    private static @Nullable ContainerStateTerminated lastEnd(ContainerStatus status) {
        if (status.getState() != null && status.getState().getTerminated() != null) {
            return status.getState().getTerminated();
        }
        return status.getLastState() == null ? null : status.getLastState().getTerminated();
    }

    /** Which run of the container ended last, from 1. */
    private static int run(ContainerStatus status) {
        boolean ended = status.getState() != null && status.getState().getTerminated() != null;
        return count(status.getRestartCount()) + (ended ? 1 : 0);
    }

    private static String described(ContainerStateTerminated end) {
        String reason = Objects.requireNonNullElse(end.getReason(), "Error");
        return (reason.equals("OOMKilled") ? "OOMKilled: it needed more than its memory" : reason) + ", exit code "
                + end.getExitCode();
    }

    /** What the scheduler says of the machines that it has looked at. */
    private static Set<Lack> lacks(String message) {
        Set<Lack> lacks = EnumSet.noneOf(Lack.class);
        Map.of(
                        "Insufficient cpu", Lack.CPU,
                        "Insufficient memory", Lack.MEMORY,
                        "Insufficient ephemeral-storage", Lack.DISK,
                        "have free ports", Lack.PORTS)
                .forEach((words, lack) -> {
                    if (message.contains(words)) {
                        lacks.add(lack);
                    }
                });
        if (lacks.isEmpty()) {
            lacks.add(Lack.SUITABILITY);
        }
        return lacks;
    }

    private static List<ContainerStatus> statuses(Pod pod, boolean init) {
        if (pod.getStatus() == null) {
            return List.of();
        }
        return init
                ? pod.getStatus().getInitContainerStatuses()
                : pod.getStatus().getContainerStatuses();
    }

    private static @Nullable PodCondition condition(Pod pod, String type) {
        return pod.getStatus() == null
                ? null
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> type.equals(condition.getType()))
                        .findFirst()
                        .orElse(null);
    }

    private static List<DeploymentCondition> conditions(Deployment deployment) {
        return deployment.getStatus() == null
                ? List.of()
                : deployment.getStatus().getConditions();
    }

    private static String annotation(@Nullable Map<String, String> annotations, String name) {
        return annotations == null ? "" : annotations.getOrDefault(name, "");
    }

    static Instant instant(@Nullable String text, Instant otherwise) {
        try {
            return text == null ? otherwise : Instant.parse(text);
        } catch (DateTimeException e) {
            return otherwise;
        }
    }
}
