package io.tricolor.deploy.reconcile;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.orchestrator.InstanceLogs;
import io.tricolor.deploy.orchestrator.InstanceLogs.Part;
import io.tricolor.deploy.orchestrator.InstanceLogs.Stream;
import io.tricolor.deploy.orchestrator.Orchestrator.End;
import io.tricolor.deploy.orchestrator.Orchestrator.Lack;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says what keeps a service from having as many healthy instances as are desired. It remembers how often instances
 * ended and what they wrote last; without that memory, after a restart, a crash loop is called one a few ends later.
 */
final class Supervision {

    private static final Duration RECENT = Duration.ofMinutes(10);
    private static final Duration PATIENCE_FOR_OFFERS = Duration.ofSeconds(30);
    private static final int LOOP = 3;
    private static final int LINES = 5;
    private static final int MAX_WORDS = 1000;
    private static final int MAX_REMEMBERED = 200;

    private static final Pattern IMAGE = Pattern.compile(
            "manifest unknown|manifest for .* not found|pull access denied|repository does not exist|no such image"
                    + "|failed to pull|image .*not found",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern CHECKSUM = Pattern.compile("checksum|sha256|digest did not match");
    private static final Pattern FETCH =
            Pattern.compile("failed to fetch|sandbox cannot be prepared", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT =
            Pattern.compile("address already in use|port is already allocated|EADDRINUSE", Pattern.CASE_INSENSITIVE);
    /** State of an instance that Kubernetes itself calls so. */
    private static final String CRASH_LOOP = "CrashLoopBackOff";

    private static final Set<String> LOST =
            Set.of("TASK_LOST", "TASK_UNREACHABLE", "TASK_GONE", "TASK_DROPPED", "NodeLost", "Evicted");

    private final InstanceLogs logs;
    private final Map<ServiceKey, Ends> ends = new ConcurrentHashMap<>();
    private final Map<String, String> lastWords = new LinkedHashMap<>();

    Supervision(InstanceLogs logs) {
        this.logs = logs;
    }

    /** Ends of one definition of a service that were seen, by instance; the oldest first. */
    private record Ends(String digest, Map<String, Instant> byInstance) {}

    /**
     * What keeps the service from what is desired; empty when it has that, and when nothing is known.
     *
     * @param running of the definition that is desired
     * @param masking takes secrets out of what instances wrote
     */
    Optional<Rejection> problem(
            ServiceKey key, int wanted, RunningService running, UnaryOperator<String> masking, Instant now) {
        int recent = noted(key, running, now);
        long healthy = running.tasks().stream()
                .filter(task -> task.healthy() && task.current())
                .count();
        if (healthy >= wanted) {
            return Optional.empty();
        }
        String service = key.service();
        Set<Lack> lacks = running.waiting().lacks();
        boolean waits = running.tasks().stream().filter(Task::current).count() < wanted;
        if (waits && lacks.contains(Lack.PORTS)) {
            return problem(Code.PORT_TAKEN, service + ": the ports that an instance needs are free on no machine");
        }
        String words = running.waiting().words();
        if (waits && lacks.contains(Lack.SUITABILITY)) {
            End why = running.lastEnd();
            String reason = !words.isEmpty() || why == null ? words : why.message();
            return problem(
                    Code.NO_OFFER,
                    service + ": no machine that is offered can take it"
                            + (reason.isEmpty() ? "" : ", " + shortened(masking.apply(reason))));
        }
        if (waits && !lacks.isEmpty()) {
            Set<String> what = new TreeSet<>();
            lacks.forEach(lack -> what.add(lack.name().toLowerCase(Locale.ROOT)));
            return problem(
                    Code.MACHINE_FULL,
                    service + ": no machine has enough " + String.join(" and ", what) + " free for one instance"
                            + (words.isEmpty() ? "" : ", " + shortened(words)));
        }
        End end = running.lastEnd();
        if (end != null && end.at().isAfter(now.minus(RECENT))) {
            return ended(service, end, recent, wanted, masking);
        }
        Instant unoffered = running.waiting().unofferedSince();
        if (waits && unoffered != null && unoffered.isBefore(now.minus(PATIENCE_FOR_OFFERS))) {
            return problem(Code.NO_OFFER, service + ": no machine was offered since " + unoffered);
        }
        return Optional.empty();
    }

    private Optional<Rejection> ended(String service, End end, int recent, int wanted, UnaryOperator<String> masking) {
        String message = end.message();
        String how = end.instanceId() + ": " + shortened(masking.apply(message));
        if (IMAGE.matcher(message).find()) {
            return problem(Code.IMAGE_NOT_FOUND, service + ": the image cannot be had, " + how);
        }
        if (FETCH.matcher(message).find()) {
            return CHECKSUM.matcher(message).find()
                    ? problem(Code.ARTIFACT_UNVERIFIED, service + ": what was fetched is not what was released, " + how)
                    : problem(Code.ARTIFACT_UNAVAILABLE, service + ": the artifact was not fetched, " + how);
        }
        String words = masking.apply(words(end.instanceId()));
        String wrote = words.isEmpty() ? "" : "; it wrote last: " + words;
        if (PORT.matcher(message).find() || PORT.matcher(words).find()) {
            return problem(Code.PORT_TAKEN, service + ": a port is taken, " + how + wrote);
        }
        if (end.state().equals(CRASH_LOOP)) {
            return problem(
                    Code.CRASH_LOOP,
                    service + " is not started again for now, since it ends each time, last " + how + wrote);
        }
        // All of them may end at once, once: that is no loop.
        if (recent >= Math.max(LOOP, wanted + 1)) {
            return problem(
                    Code.CRASH_LOOP,
                    service + " has ended by itself " + recent + " times within " + RECENT.toMinutes()
                            + " minutes, last " + how + wrote);
        }
        return problem(
                Code.INSTANCE_LOST,
                service + ": an instance " + (LOST.contains(end.state()) ? "is lost, " : "has ended by itself, ") + how
                        + wrote);
    }

    private static Optional<Rejection> problem(Code code, String message) {
        return Optional.of(new Rejection(code, message));
    }

    /** Takes the last end into account; how many there were lately. */
    private int noted(ServiceKey key, RunningService running, Instant now) {
        End end = running.lastEnd();
        Ends known = ends.compute(key, (same, before) -> {
            Map<String, Instant> byInstance = new LinkedHashMap<>(
                    before == null || !before.digest().equals(running.digest()) ? Map.of() : before.byInstance());
            if (end != null) {
                byInstance.put(end.instanceId(), end.at());
            }
            byInstance.values().removeIf(at -> !at.isAfter(now.minus(RECENT)));
            while (byInstance.size() > MAX_REMEMBERED) {
                byInstance.remove(byInstance.keySet().iterator().next());
            }
            return byInstance.isEmpty() ? null : new Ends(running.digest(), byInstance);
        });
        return known == null ? 0 : known.byInstance().size();
    }

    /** The last lines that an instance wrote, in one. Read once. */
    private String words(String instanceId) {
        synchronized (lastWords) {
            String known = lastWords.get(instanceId);
            if (known != null) {
                return known;
            }
        }
        String read = read(instanceId, Stream.STDERR);
        if (read != null && read.isEmpty()) {
            read = read(instanceId, Stream.STDOUT);
        }
        if (read == null) {
            return "";
        }
        synchronized (lastWords) {
            lastWords.put(instanceId, read);
            if (lastWords.size() > MAX_REMEMBERED) {
                lastWords.remove(lastWords.keySet().iterator().next());
            }
        }
        return read;
    }

    /** Null when it is not known. */
    private @Nullable String read(String instanceId, Stream stream) {
        try {
            return logs.tail(instanceId, stream, LINES)
                    .map(Supervision::oneLine)
                    .orElse("");
        } catch (Unavailable e) {
            return null;
        }
    }

    private static String oneLine(Part part) {
        List<String> lines = new ArrayList<>();
        new String(part.content(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceAll("\\p{Cntrl}", " ").strip())
                .filter(line -> !line.isEmpty())
                .forEach(lines::add);
        return shortened(String.join(" | ", lines));
    }

    /** What was written last is at the end. */
    private static String shortened(String text) {
        return text.length() <= MAX_WORDS ? text : "…" + text.substring(text.length() - MAX_WORDS);
    }
}
