package io.tricolor.nginxtemplate;

import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Keeps the configuration at what tables and instances say. Every step either completes or leaves what was in force: a
 * table that is refused, a source that does not answer, a configuration that nginx does not take. For one thread.
 */
final class Renderer {

    private static final Duration RETEST = Duration.ofSeconds(30);

    private final Settings settings;
    private final TableSource tableSource;
    private final EndpointSource endpointSource;
    private final IdListSource idLists;
    private final OutputDirectory output;
    private final Nginx nginx;
    private final Consumer<String> say;
    private final LongSupplier nanoTime;

    private final SortedMap<String, Accepted> tables = new TreeMap<>();
    private final SortedMap<String, Refusal> refusals = new TreeMap<>();
    private final Map<String, TableSource.Document> offered = new HashMap<>();
    private final Map<ServiceKey, SortedMap<String, List<Instance>>> instances = new HashMap<>();
    private final Map<String, String> troubles = new HashMap<>();
    private @Nullable String failedRelease;
    private long failedAt;
    private @Nullable Long reloadedAt;

    /**
     * What is asked for.
     *
     * @param groups empty: all
     * @param mainConfiguration of an nginx that includes the rendered files; null: the rendered one
     * @param reload whether nginx is told of a new configuration
     * @param reloadPause least time between two reloads
     */
    record Settings(
            Set<String> groups,
            Set<Approximation> approximate,
            int maxIds,
            List<String> listen,
            @Nullable Path mainConfiguration,
            boolean reload,
            Duration reloadPause) {}

    /** A table that is in force, or that has ended its group. */
    record Accepted(Expressible table, TableIdentity identity) {}

    /** A table that is not applied; the version is null when the document does not tell it. */
    record Refusal(String json, @Nullable Long version, Refused.@Nullable Reason reason, String message) {}

    Renderer(
            Settings settings,
            TableSource tableSource,
            EndpointSource endpointSource,
            IdListSource idLists,
            OutputDirectory output,
            Nginx nginx,
            Consumer<String> say,
            LongSupplier nanoTime)
            throws IOException {
        this.settings = settings;
        this.tableSource = tableSource;
        this.endpointSource = endpointSource;
        this.idLists = idLists;
        this.output = output;
        this.nginx = nginx;
        this.say = say;
        this.nanoTime = nanoTime;
        output.tables().forEach((group, json) -> {
            if (wanted(group)) {
                offer(group, new TableSource.Document(json, null), false);
            }
        });
        offered.clear();
        refusals.clear();
    }

    /** Why the newest tables of some groups are not in force. */
    SortedMap<String, Refusal> refusals() {
        return refusals;
    }

    Endpoints endpoints() {
        return new Endpoints(Map.copyOf(instances));
    }

    /** Groups that have a table in force. */
    Set<String> groups() {
        return tables.keySet();
    }

    /**
     * Brings everything up to date once.
     *
     * @param needed releases that must not be deleted
     * @return whether nothing is left to do: all sources answered, no table is refused, the newest configuration is in
     *     force
     */
    boolean step(Set<String> needed) throws InterruptedException {
        boolean tablesKnown = readTables();
        boolean instancesKnown = readInstances();
        boolean nothingKnown = tables.isEmpty() && !(tablesKnown && refusals.isEmpty() && troubles.isEmpty());
        if (!instancesKnown || nothingKnown) {
            return false;
        }
        boolean inForce;
        try {
            inForce = apply(needed);
            troubles.remove("output");
        } catch (IOException e) {
            inForce = trouble("output", "nothing is written: " + Failure.why(e));
        }
        return tablesKnown && inForce && refusals.isEmpty() && troubles.isEmpty();
    }

    private boolean readTables() throws InterruptedException {
        try {
            tableSource.poll().forEach((group, document) -> {
                if (wanted(group)) {
                    offered.put(group, document);
                }
            });
            troubles.remove("tables");
        } catch (IOException e) {
            trouble("tables", "no tables: " + Failure.why(e));
            return false;
        }
        Map.copyOf(offered).forEach((group, document) -> {
            if (offer(group, document, true)) {
                offered.remove(group);
            }
        });
        for (String group : settings.groups()) {
            if (!tables.containsKey(group) && !refusals.containsKey(group)) {
                trouble("table " + group, "there is no table of group " + group);
            } else {
                troubles.remove("table " + group);
            }
        }
        return offered.isEmpty();
    }

    private boolean wanted(String group) {
        return settings.groups().isEmpty() || settings.groups().contains(group);
    }

    /** Takes or refuses a document; false: it cannot be judged yet. */
    private boolean offer(String group, TableSource.Document document, boolean keep) {
        String json = document.json();
        Refusal before = refusals.get(group);
        if (before != null && before.json().equals(json)) {
            return true;
        }
        Long version = version(json);
        try {
            RouteTable read = TableReader.read(json);
            if (!read.group().equals(group)) {
                throw new Refused(
                        Refused.Reason.MALFORMED, "the table of group " + group + " says it is of " + read.group());
            }
            TableIdentity identity = TableIdentity.of(read.epoch(), read.version(), json);
            if (document.sha256() != null && !document.sha256().equals(identity.sha256())) {
                throw new Refused(
                        Refused.Reason.MALFORMED,
                        "the document was changed on its way: its sha256 is " + identity.sha256() + ", not "
                                + document.sha256());
            }
            Accepted inForce = tables.get(group);
            if (inForce != null && identity.contradicts(inForce.identity())) {
                throw new Refused(
                        Refused.Reason.OTHER_CONTENT,
                        "the table in force has another content, sha256 "
                                + inForce.identity().sha256() + ", not " + identity.sha256());
            }
            if (inForce != null && !identity.supersedes(inForce.identity())) {
                refusals.remove(group);
                return true;
            }
            Expressible next = Expressible.of(read, settings.approximate(), settings.maxIds(), idLists);
            if (keep) {
                output.keepTable(group, json);
            }
            tables.put(group, new Accepted(next, identity));
            refusals.remove(group);
            troubles.remove("lists " + group);
            if (keep) {
                say.accept("group " + group + ": table " + read.epoch() + "." + version
                        + (read.deleted() ? " accepted, the group is deleted" : " accepted"));
            }
            return true;
        } catch (Refused e) {
            refusals.put(group, new Refusal(json, version, e.reason(), e.reason() + ": " + e.getMessage()));
            troubles.remove("lists " + group);
            say.accept("group " + group + ": table " + (version == null ? "" : version + " ") + "refused, "
                    + (tables.containsKey(group) ? "the one before stays" : "the group is not routed") + ": "
                    + e.reason() + ": " + e.getMessage());
            return true;
        } catch (IOException e) {
            return trouble("lists " + group, "group " + group + ": " + Failure.why(e));
        }
    }

    private static @Nullable Long version(String json) {
        try {
            JsonNode version = Json.LENIENT.readTree(json).path("version");
            return version.canConvertToLong() ? Long.valueOf(version.asLong()) : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private boolean readInstances() throws InterruptedException {
        Set<ServiceKey> services = new HashSet<>();
        tables.forEach((group, accepted) -> {
            RouteTable table = accepted.table().table();
            if (!table.deleted()) {
                table.entries().forEach(entry -> services.add(new ServiceKey(group, entry.service())));
            }
        });
        instances.keySet().retainAll(services);
        boolean known = true;
        for (ServiceKey service : services) {
            String place = "instances " + service.registryName();
            try {
                instances.put(service, endpointSource.instances(service));
                troubles.remove(place);
            } catch (IOException e) {
                boolean before = instances.containsKey(service);
                known &= before;
                trouble(
                        place,
                        "no instances of " + service.registryName()
                                + (before ? ", the ones before stay: " : ", nothing is written: ") + Failure.why(e));
            }
        }
        return known;
    }

    private boolean apply(Set<String> needed) throws IOException, InterruptedException {
        Release release = Release.of(List.copyOf(tables.values()), endpoints(), settings.listen());
        String before = output.current();
        if (!release.name().equals(before)) {
            if (before != null && losesGroups(before)) {
                return false;
            }
            if (release.name().equals(failedRelease) && nanoTime.getAsLong() - failedAt < RETEST.toNanos()) {
                return false;
            }
            if (settings.reload() && tooSoon()) {
                return false;
            }
            if (!putInForce(release, before)) {
                failedRelease = release.name();
                failedAt = nanoTime.getAsLong();
                return false;
            }
            failedRelease = null;
            troubles.remove("configuration");
            say.accept("release " + release.name() + " is in force");
        }
        boolean reloaded = !settings.reload() || release.name().equals(output.reloaded()) || reload(release.name());
        Set<String> kept = new TreeSet<>(needed);
        kept.add(release.name());
        output.tidy(kept);
        return reloaded;
    }

    /** A group that is routed goes on being routed, unless a table has ended it or it is not asked for any more. */
    private boolean losesGroups(String before) throws IOException {
        Release.Content content = output.content(before);
        Set<String> lost =
                new TreeSet<>(content == null ? Set.of() : content.groups().keySet());
        lost.removeIf(group -> !wanted(group) || tables.containsKey(group));
        if (lost.isEmpty()) {
            troubles.remove("lost");
            return false;
        }
        trouble("lost", "nothing is written: the tables of " + lost + " that are in force cannot be rendered any more");
        return true;
    }

    private boolean tooSoon() {
        return reloadedAt != null
                && nanoTime.getAsLong() - reloadedAt < settings.reloadPause().toNanos();
    }

    private boolean putInForce(Release release, @Nullable String before) throws IOException, InterruptedException {
        output.write(release, settings.listen());
        Nginx.Outcome own = nginx.test(output.mainConfiguration(release.name()));
        if (!own.ok()) {
            return trouble(
                    "configuration",
                    "nginx does not take release " + release.name() + ", the one before stays: " + own.output());
        }
        output.use(release.name());
        Path main = settings.mainConfiguration();
        if (main != null) {
            Nginx.Outcome whole = nginx.test(main);
            if (!whole.ok()) {
                output.use(before);
                return trouble(
                        "configuration",
                        "nginx does not take " + main + " with release " + release.name() + ", the one before stays: "
                                + whole.output());
            }
        }
        return true;
    }

    private boolean reload(String release) throws IOException, InterruptedException {
        if (tooSoon()) {
            return false;
        }
        reloadedAt = nanoTime.getAsLong();
        Path main = settings.mainConfiguration();
        Nginx.Outcome outcome = nginx.reload(main == null ? output.currentMainConfiguration() : main);
        if (!outcome.ok()) {
            return trouble("reload", "nginx could not be told to reload: " + outcome.output());
        }
        troubles.remove("reload");
        output.setReloaded(release);
        return true;
    }

    /** Says a trouble once until it is over or another. */
    private boolean trouble(String place, String message) {
        if (!message.equals(troubles.put(place, message))) {
            say.accept(message);
        }
        return false;
    }
}
