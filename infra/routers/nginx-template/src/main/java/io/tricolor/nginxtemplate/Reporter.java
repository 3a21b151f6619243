package io.tricolor.nginxtemplate;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Tells strategy-service by which tables the workers of nginx route. Each worker is reported with the table that it
 * was born with, an
 * old one as well until it ends: it may still take a request on a connection that it has accepted. nginx does not say
 * how many
 * requests a worker has, so a worker counts as having one for each cluster that it could send one to, and as having
 * none
 * for a cluster that its table sends nobody to: RED, or GREEN while a YELLOW one takes everybody.
 *
 * <p>When the workers cannot be seen, or none is there, nothing is said: silence holds an upgrade. It never signs
 * off, since nginx
 * goes on without it.
 */
final class Reporter {

    private static final Duration ROUND = Duration.ofSeconds(30);
    private static final Duration SILENCE = Duration.ofSeconds(5);
    private static final int LONGEST_PART_BYTES = RouterReport.MAX_BYTES - 1_024;

    private final Workers workers;
    private final OutputDirectory output;
    private final Renderer renderer;
    private final Peer strategy;
    private final String routerId;
    private final Consumer<String> say;
    private String bootId = UUID.randomUUID().toString();
    private String trouble = "";
    private final LongSupplier nanoTime;
    private final Map<String, GroupReport> taken = new HashMap<>();
    private long sequence;
    private long round;
    private @Nullable Long roundAt;
    private long saidAt;

    Reporter(
            Workers workers,
            OutputDirectory output,
            Renderer renderer,
            Peer strategy,
            String routerId,
            Consumer<String> say,
            LongSupplier nanoTime) {
        this.workers = workers;
        this.output = output;
        this.renderer = renderer;
        this.strategy = strategy;
        this.routerId = routerId;
        this.say = say;
        this.nanoTime = nanoTime;
    }

    /** Looks, and reports what has changed, at times everything; whether all of it was taken. */
    boolean report() throws InterruptedException {
        try {
            SortedMap<String, GroupReport> groups = look();
            if (groups == null) {
                return false;
            }
            long now = nanoTime.getAsLong();
            if (!groups.keySet().containsAll(taken.keySet())) {
                // Only a full round says that a group is not there any more.
                roundAt = null;
            }
            if (roundAt == null || now - roundAt >= ROUND.toNanos()) {
                return round(groups, now);
            }
            SortedMap<String, GroupReport> changed = new TreeMap<>(groups);
            changed.entrySet().removeIf(group -> group.getValue().equals(taken.get(group.getKey())));
            if (changed.isEmpty() && now - saidAt < SILENCE.toNanos()) {
                return true;
            }
            for (SortedMap<String, GroupReport> part : parts(changed)) {
                if (!send(part, 0, false)) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return failed("no report: " + Failure.why(e));
        } catch (JacksonException e) {
            return failed("no report: strategy-service's answer is not JSON");
        }
    }

    private boolean round(SortedMap<String, GroupReport> groups, long now) throws IOException, InterruptedException {
        round++;
        roundAt = now;
        taken.clear();
        List<SortedMap<String, GroupReport>> parts = parts(groups);
        for (int i = 0; i < parts.size(); i++) {
            if (!send(parts.get(i), round, i == parts.size() - 1)) {
                roundAt = null;
                return false;
            }
        }
        return true;
    }

    /** At least one part, none of them longer than a report may be, unless a single group is. */
    private static List<SortedMap<String, GroupReport>> parts(SortedMap<String, GroupReport> groups) {
        List<SortedMap<String, GroupReport>> parts = new ArrayList<>(List.of(new TreeMap<>()));
        int bytes = 0;
        for (Map.Entry<String, GroupReport> group : groups.entrySet()) {
            int length = Json.STRICT.writeValueAsBytes(group.getValue()).length
                    + group.getKey().length()
                    + 4;
            if (bytes > 0 && bytes + length > LONGEST_PART_BYTES) {
                parts.add(new TreeMap<>());
                bytes = 0;
            }
            parts.getLast().put(group.getKey(), group.getValue());
            bytes += length;
        }
        return parts;
    }

    private boolean send(SortedMap<String, GroupReport> groups, long ofRound, boolean last)
            throws IOException, InterruptedException {
        sequence++;
        HttpResponse<String> answer = strategy.put(
                "/api/routers/" + URLEncoder.encode(routerId, StandardCharsets.UTF_8),
                Json.STRICT.writeValueAsString(
                        new RouterReport(routerId, bootId, "nginx-template", null, sequence, ofRound, last, groups)),
                TableSource.PATIENCE);
        if (answer.statusCode() / 100 != 2) {
            return failed("strategy-service answered " + answer.statusCode() + " to a report");
        }
        saidAt = nanoTime.getAsLong();
        taken.putAll(groups);
        trouble = "";
        if (!answer.body().isBlank()) {
            RouterReport.Answer said = Json.LENIENT.readValue(answer.body(), RouterReport.Answer.class);
            if (said.evicted()) {
                bootId = UUID.randomUUID().toString();
                say.accept("router " + routerId + " was evicted, it registers anew");
            }
            if (said.evicted() || said.resync()) {
                roundAt = null;
            }
        }
        return true;
    }

    /** By group; null when nothing can be said. */
    @Nullable
    SortedMap<String, GroupReport> look() throws IOException {
        Map<String, Release.Content> contents = new HashMap<>();
        for (Map.Entry<Long, String> worker : workers.byRelease().entrySet()) {
            String release = worker.getValue();
            if (!contents.containsKey(release)) {
                Release.Content content = output.content(release);
                if (content == null) {
                    failed("worker " + worker.getKey() + " routes by release " + release
                            + ", of which nothing is known");
                    return null;
                }
                contents.put(release, content);
            }
        }
        if (contents.isEmpty()) {
            failed("no worker of nginx routes by " + output.home() + "; nothing is reported");
            return null;
        }
        return groups(contents.values());
    }

    private SortedMap<String, GroupReport> groups(Collection<Release.Content> releases) {
        SortedMap<String, GroupReport> groups = new TreeMap<>();
        TreeSet<String> names = new TreeSet<>(renderer.refusals().keySet());
        releases.forEach(content -> names.addAll(content.groups().keySet()));
        names.forEach(name -> groups.put(name, group(name, releases)));
        return groups;
    }

    /**
     * Over all releases that workers route by: the oldest table, every request there may be, what all of them would
     * send to.
     */
    private GroupReport group(String name, Collection<Release.Content> releases) {
        TableIdentity oldest = null;
        SortedMap<String, Integer> inFlight = new TreeMap<>();
        SortedMap<String, SortedMap<String, SortedMap<String, Integer>>> inFlightInstances = new TreeMap<>();
        SortedMap<String, SortedMap<String, List<String>>> usable = null;
        for (Release.Content content : releases) {
            Release.GroupContent group = content.groups().get(name);
            TableIdentity identity = group == null ? TableIdentity.NONE : group.identity();
            if (oldest == null || oldest.supersedes(identity)) {
                oldest = identity;
            }
            SortedMap<String, SortedMap<String, List<String>>> here = new TreeMap<>();
            if (group != null) {
                group.mayBeInFlight().forEach(cluster -> {
                    inFlight.merge(cluster, 1, Integer::sum);
                    count(
                            group.usableInstances().getOrDefault(cluster, new TreeMap<>()),
                            inFlightInstances.computeIfAbsent(cluster, c -> new TreeMap<>()));
                });
                here = usable(name, group);
            }
            usable = usable == null ? here : common(usable, here);
        }
        TableIdentity applied = Objects.requireNonNull(oldest);
        Renderer.Refusal refusal = renderer.refusals().get(name);
        return new GroupReport(
                applied.epoch(),
                applied.version(),
                applied.sha256(),
                inFlight,
                inFlightInstances,
                Objects.requireNonNull(usable),
                false,
                refusal == null ? null : refusal.version(),
                refusal == null ? null : refusal.message());
    }

    /** One request for each instance, in each release: it cannot be excluded. */
    private static void count(
            SortedMap<String, List<String>> instances, SortedMap<String, SortedMap<String, Integer>> counts) {
        instances.forEach((service, ids) -> ids.forEach(
                id -> counts.computeIfAbsent(service, s -> new TreeMap<>()).merge(id, 1, Integer::sum)));
    }

    private static SortedMap<String, SortedMap<String, List<String>>> common(
            SortedMap<String, SortedMap<String, List<String>>> one,
            SortedMap<String, SortedMap<String, List<String>>> other) {
        SortedMap<String, SortedMap<String, List<String>>> both = new TreeMap<>();
        one.forEach((cluster, services) -> services.forEach((service, ids) -> {
            List<String> others = other.getOrDefault(cluster, new TreeMap<>()).getOrDefault(service, List.of());
            both.computeIfAbsent(cluster, c -> new TreeMap<>())
                    .put(service, ids.stream().filter(others::contains).toList());
        }));
        return both;
    }

    /** Those that were rendered; of clusters that are RED, those that would be rendered if they were not. */
    private SortedMap<String, SortedMap<String, List<String>>> usable(String name, Release.GroupContent group) {
        SortedMap<String, SortedMap<String, List<String>>> usable = new TreeMap<>();
        group.usableInstances().forEach((cluster, services) -> usable.put(cluster, new TreeMap<>(services)));
        renderer.endpoints().services().forEach((service, clusters) -> {
            if (service.group().equals(name)) {
                clusters.forEach((cluster, instances) -> {
                    if (!group.colored().contains(cluster)) {
                        usable.computeIfAbsent(cluster, c -> new TreeMap<>())
                                .put(
                                        service.service(),
                                        instances.stream().map(Instance::id).toList());
                    }
                });
            }
        });
        return usable;
    }

    private boolean failed(String message) {
        if (!message.equals(trouble)) {
            trouble = message;
            say.accept(message);
        }
        return false;
    }
}
