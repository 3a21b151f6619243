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

    private final Workers workers;
    private final OutputDirectory output;
    private final Renderer renderer;
    private final Peer strategy;
    private final String routerId;
    private final Consumer<String> say;
    private String bootId = UUID.randomUUID().toString();
    private String trouble = "";
    private long sequence;

    Reporter(
            Workers workers,
            OutputDirectory output,
            Renderer renderer,
            Peer strategy,
            String routerId,
            Consumer<String> say) {
        this.workers = workers;
        this.output = output;
        this.renderer = renderer;
        this.strategy = strategy;
        this.routerId = routerId;
        this.say = say;
    }

    /** Looks and reports once; whether the report was taken. */
    boolean report() throws InterruptedException {
        try {
            RouterReport report = look();
            if (report == null) {
                return false;
            }
            HttpResponse<String> answer = strategy.put(
                    "/api/routers/" + URLEncoder.encode(routerId, StandardCharsets.UTF_8),
                    Json.STRICT.writeValueAsString(report),
                    TableSource.PATIENCE);
            if (answer.statusCode() / 100 != 2) {
                return failed("strategy-service answered " + answer.statusCode() + " to a report");
            }
            if (!answer.body().isBlank()
                    && Json.LENIENT
                            .readValue(answer.body(), RouterReport.Answer.class)
                            .evicted()) {
                bootId = UUID.randomUUID().toString();
                say.accept("router " + routerId + " was evicted, it registers anew");
            }
            trouble = "";
            return true;
        } catch (IOException e) {
            return failed("no report: " + Failure.why(e));
        } catch (JacksonException e) {
            return failed("no report: strategy-service's answer is not JSON");
        }
    }

    /** Null when nothing can be said. */
    @Nullable
    RouterReport look() throws IOException {
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
        sequence++;
        return new RouterReport(
                routerId, bootId, "nginx-template", null, sequence, sequence, true, groups(contents.values()));
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
        SortedMap<String, SortedMap<String, List<String>>> usable = null;
        for (Release.Content content : releases) {
            Release.GroupContent group = content.groups().get(name);
            TableIdentity identity =
                    group == null ? TableIdentity.NONE : new TableIdentity(group.epoch(), group.version(), "");
            if (oldest == null || oldest.supersedes(identity)) {
                oldest = identity;
            }
            SortedMap<String, SortedMap<String, List<String>>> here = new TreeMap<>();
            if (group != null) {
                group.mayBeInFlight().forEach(cluster -> inFlight.merge(cluster, 1, Integer::sum));
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
                new TreeMap<>(),
                Objects.requireNonNull(usable),
                false,
                refusal == null ? null : refusal.version(),
                refusal == null ? null : refusal.message());
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
