package io.tricolor.nginxtemplate;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.contracts.router.RouterReport.WorkerReport;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Tells strategy-service by which tables the workers of nginx route. Each worker is reported with the table that it was born with, an
 * old one as well until it ends: it may still take a request on a connection that it has accepted. nginx does not say how many
 * requests a worker has, so a worker counts as having one for each cluster that it could send one to, and as having none
 * for a cluster that its table sends nobody to: RED, or GREEN while a YELLOW one takes everybody.
 *
 * <p>When the workers cannot be seen, or none is there, nothing is said: silence holds an upgrade. It never signs off, since nginx
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

    record Answer(boolean evicted) {}

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
                    && Json.LENIENT.readValue(answer.body(), Answer.class).evicted()) {
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
        List<WorkerReport> reports = new ArrayList<>();
        Map<String, Release.Content> contents = new HashMap<>();
        for (Map.Entry<Long, String> worker : workers.byRelease().entrySet()) {
            String release = worker.getValue();
            Release.Content content = contents.get(release);
            if (content == null) {
                content = output.content(release);
                if (content == null) {
                    failed("worker " + worker.getKey() + " routes by release " + release
                            + ", of which nothing is known");
                    return null;
                }
                contents.put(release, content);
            }
            reports.add(new WorkerReport(worker.getKey().toString(), groups(content)));
        }
        if (reports.isEmpty()) {
            failed("no worker of nginx routes by " + output.home() + "; nothing is reported");
            return null;
        }
        return new RouterReport(routerId, bootId, "nginx-template", null, reports);
    }

    private SortedMap<String, GroupReport> groups(Release.Content content) {
        SortedMap<String, GroupReport> groups = new TreeMap<>();
        TreeSet<String> names = new TreeSet<>(content.groups().keySet());
        names.addAll(renderer.refusals().keySet());
        for (String name : names) {
            Release.GroupContent group = content.groups().get(name);
            Renderer.Refusal refusal = renderer.refusals().get(name);
            SortedMap<String, Integer> inFlight = new TreeMap<>();
            if (group != null) {
                group.mayBeInFlight().forEach(cluster -> inFlight.put(cluster, 1));
            }
            groups.put(
                    name,
                    new GroupReport(
                            group == null ? 0 : group.epoch(),
                            group == null ? 0 : group.version(),
                            inFlight,
                            group == null ? new TreeMap<>() : usable(name, group),
                            refusal == null ? null : refusal.version(),
                            refusal == null ? null : refusal.message()));
        }
        return groups;
    }

    /** Those that were rendered; of clusters that are RED, those that would be rendered if they were not. */
    private SortedMap<String, Map<String, List<String>>> usable(String name, Release.GroupContent group) {
        SortedMap<String, Map<String, List<String>>> usable = new TreeMap<>();
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
