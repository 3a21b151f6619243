package io.tricolor.bench;

import io.tricolor.bench.ScaleOptions.Part;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.engines.EngineFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How far one strategy-service reaches: groups, routers, commands, events. */
final class ScaleBenchmark {

    static final String NAME = "scale";
    static final String DESCRIPTION =
            "one strategy-service with many groups, routers, commands and events; `./tricolor bench scale --help`";

    private static final JsonMapper JSON = new JsonMapper();
    private static final String LONG_GROUP = "long";
    private static final String SHORT_GROUP = "short";
    private static final int SHORT_EVENTS = 30;
    /** So many times as long as a load is measured it runs before: the service is compiled while it works. */
    private static final int WARM = 2;

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofMinutes(8);

    /** Of two medians that are to be equal, as much as a busy machine makes of them. */
    private static final double EQUAL = 1.25;

    private final ScaleOptions options;
    private final Path dir;
    private final Consumer<String> progress;
    private final ScaleReport report = new ScaleReport();
    private final Random random = new Random(11);

    ScaleBenchmark(ScaleOptions options, Path dir, Consumer<String> progress) {
        this.options = options;
        this.dir = dir;
        this.progress = progress;
    }

    ScaleReport run() throws InterruptedException {
        if (options.has(Part.IDLE) || options.has(Part.APPLY) || options.has(Part.COMMANDS)) {
            measure(options.groups() + " groups", this::small);
        }
        if (options.has(Part.LONG)) {
            measure("long stream", this::longStream);
        }
        if (options.has(Part.LARGE)) {
            measure(options.largeGroups() + " groups", this::large);
        }
        return report;
    }

    /** One suite of processes and what is measured of it. */
    @FunctionalInterface
    private interface Measurement {
        void run() throws IOException, InterruptedException, SQLException;
    }

    /** What the others found is not lost when one cannot be measured. */
    private void measure(String what, Measurement measurement) throws InterruptedException {
        try {
            measurement.run();
        } catch (IOException | SQLException | EngineFailed e) {
            progress.accept(what + " could not be measured: " + e.getMessage());
            report.atMost(0, what + ": could not be measured to the end", "times", 1);
        }
    }

    private void small() throws IOException, InterruptedException, SQLException {
        String size = options.groups() + " groups";
        progress.accept(size + ":");
        try (ScaleWorld world = ScaleWorld.start(
                dir.resolve("small"), options.heapMiB(), groups -> groups.copy(options.groups()), progress)) {
            if (options.has(Part.COMMANDS)) {
                commands(world);
            }
            if (options.has(Part.IDLE) || options.has(Part.APPLY)) {
                String suite = size + " x " + options.routers() + " routers";
                try (SimulatedRouters routers = SimulatedRouters.start(world, options.routers())) {
                    report.found(
                            suite + ": all tables with all routers",
                            "s",
                            routers.awaitTables(options.groups(), PATIENCE));
                    settle(world);
                    if (options.has(Part.IDLE)) {
                        report.atMost(20, suite + " at rest: strategy-service", "% of one core", idle(world, suite));
                    }
                    if (options.has(Part.APPLY)) {
                        apply(world, routers, suite);
                    }
                    report.atMost(0, suite + ": calls of routers that failed", "calls", (double) routers.failures());
                }
            }
        }
    }

    /** Two rounds of reports come in while nothing else happens: what new routers bring is over then. */
    private void settle(ScaleWorld world) throws IOException, InterruptedException {
        progress.accept("coming to rest");
        Duration before = world.proc().cpu();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Duration used;
        do {
            Thread.sleep(5_000);
            Duration now = world.proc().cpu();
            used = now.minus(before);
            before = now;
        } while (used.toMillis() > 2_000 && System.nanoTime() < deadline);
    }

    private double idle(ScaleWorld world, String suite) throws IOException, InterruptedException {
        progress.accept("at rest for " + options.seconds() + " s");
        Duration cpu = world.proc().cpu();
        Duration cpuOfDatabase = world.cpuOfDatabase();
        long begun = System.nanoTime();
        Thread.sleep(options.seconds() * 1_000L);
        double seconds = (System.nanoTime() - begun) / 1e9;
        double share = world.proc().cpu().minus(cpu).toNanos() / 1e7 / seconds;
        report.found(
                suite + " at rest: PostgreSQL",
                "% of one core",
                world.cpuOfDatabase().minus(cpuOfDatabase).toNanos() / 1e7 / seconds);
        report.found(
                suite + " at rest: resident memory of strategy-service",
                "MiB",
                world.proc().residentMiB());
        return share;
    }

    private void apply(ScaleWorld world, SimulatedRouters routers, String suite)
            throws IOException, InterruptedException {
        progress.accept(options.changes() + " tables to all routers");
        StrategyApi api = world.operator();
        List<Double> applied = new ArrayList<>();
        List<Double> reported = new ArrayList<>();
        int warm = Math.max(5, options.changes() / 10);
        for (int i = 0; i < warm + options.changes(); i++) {
            String group = SeededGroups.name(1 + i % options.groups());
            SimulatedRouters.Way way = routers.time(api, group, next(api, group), SOON);
            if (i >= warm) {
                applied.add(way.appliedMillis());
                reported.add(way.reportedMillis());
            }
            // Routers report a change at once only when they have not reported another one just before.
            Thread.sleep(120 + random.nextInt(60));
        }
        applied.sort(null);
        reported.sort(null);
        report.found(suite + ": command to applied by all, p50", "ms", Statistics.quantile(applied, 0.5));
        report.atMost(100, suite + ": command to applied by all, p99", "ms", Statistics.quantile(applied, 0.99));
        report.found(suite + ": command to reported by all, p50", "ms", Statistics.quantile(reported, 0.5));
        report.found(suite + ": command to reported by all, p99", "ms", Statistics.quantile(reported, 0.99));
    }

    /** A command that differs from what is in force. */
    private static String next(StrategyApi api, String group) throws IOException, InterruptedException {
        boolean isGreen = api.get("/api/groups/" + group + "/route-strategy")
                .at("/strategies/A/status")
                .asString()
                .startsWith("G");
        return isGreen ? SeededGroups.direct(0) : SeededGroups.direct(1);
    }

    private void commands(ScaleWorld world) throws IOException, InterruptedException {
        CommandLoad load = new CommandLoad(world.operator(), options.groups());
        int connections = options.connections();
        progress.accept("commands as fast as they are answered");
        load.closed(connections, WARM * options.seconds());
        Duration cpu = world.proc().cpu();
        Duration cpuOfDatabase = world.cpuOfDatabase();
        CommandLoad.Result fastest = load.closed(connections, options.seconds());
        double used = world.proc().cpu().minus(cpu).toNanos() / 1e6;
        double usedByDatabase = world.cpuOfDatabase().minus(cpuOfDatabase).toNanos() / 1e6;
        int count = fastest.millis().size();
        report.atLeast(300, "commands accepted, " + connections + " connections", "1/s", fastest.perSecond());
        report.found("their latency, p50", "ms", fastest.quantile(0.5));
        report.found("their latency, p99", "ms", fastest.quantile(0.99));
        report.found("strategy-service meanwhile", "cores", used / 1e3 / options.seconds());
        report.found("strategy-service, processor time of a command and all that follows", "ms", used / count);
        report.found("PostgreSQL, the same", "ms", usedByDatabase / count);
        world.proc().awaitIdle(PATIENCE);
        progress.accept("commands at " + options.rate() + " a second");
        CommandLoad.Result steady = load.open(options.rate(), options.seconds());
        report.found("commands at " + options.rate() + "/s: latency, p50", "ms", steady.quantile(0.5));
        report.atMost(50, "commands at " + options.rate() + "/s: latency, p99", "ms", steady.quantile(0.99));
        report.atMost(0, "commands that failed", "commands", fastest.failed() + steady.failed());
        world.proc().awaitIdle(PATIENCE);
    }

    // ---- long streams

    private enum Read {
        COMMAND("a command"),
        GROUP("the group"),
        STATE("the state at an instant"),
        TABLES("the newest tables"),
        TABLE("an old table"),
        HISTORY("a page of the history");

        private final String title;

        Read(String title) {
            this.title = title;
        }
    }

    private void longStream() throws IOException, InterruptedException, SQLException {
        progress.accept("a group with " + options.events() + " events:");
        Stream longer = new Stream(LONG_GROUP, options.events());
        Stream shorter = new Stream(SHORT_GROUP, SHORT_EVENTS);
        try (ScaleWorld world = ScaleWorld.start(
                dir.resolve("long"),
                options.heapMiB(),
                groups -> {
                    longer.seed(groups);
                    shorter.seed(groups);
                },
                progress)) {
            StrategyApi api = world.operator();
            for (int i = 0; i < options.reads() + 5; i++) {
                for (Stream stream : List.of(longer, shorter)) {
                    for (Read read : Read.values()) {
                        double took = read(api, read, stream);
                        if (i == 0) {
                            String only = "first time %s, group of %d events".formatted(read.title, stream.events);
                            progress.accept("%s: %.1f ms".formatted(only, took));
                            report.found(only, "ms", took);
                        } else if (i >= 5) {
                            stream.took(read, took);
                        }
                    }
                }
            }
            for (Read read : Read.values()) {
                double quick = shorter.median(read);
                report.found(read.title + ", group of " + SHORT_EVENTS + " events, p50", "ms", quick);
                report.atMost(
                        EQUAL,
                        read.title + ", ratio of " + options.events() + " events to that",
                        "1",
                        longer.median(read) / quick);
            }
        }
    }

    /** A group with so many events, and how long calls to it took. */
    private static final class Stream {

        private final String group;
        private final int events;
        private final Map<Read, List<Double>> millis = new EnumMap<>(Read.class);
        private Instant first = Instant.EPOCH;

        Stream(String group, int events) {
            this.group = group;
            this.events = events;
        }

        void seed(SeededGroups groups) throws SQLException {
            first = groups.stream(group, events);
        }

        void took(Read read, double time) {
            millis.computeIfAbsent(read, key -> new ArrayList<>()).add(time);
        }

        double median(Read read) {
            return Statistics.of(millis.getOrDefault(read, List.of())).median();
        }
    }

    private double read(StrategyApi api, Read read, Stream stream) throws IOException, InterruptedException {
        String group = stream.group;
        int some = 10 + random.nextInt(stream.events - 15);
        String command = read == Read.COMMAND ? next(api, group) : "";
        long begun = System.nanoTime();
        switch (read) {
            case COMMAND -> api.put("/api/groups/" + group + "/route-strategy", command);
            case GROUP -> api.get("/api/groups/" + group);
            case STATE -> api.get("/api/groups/" + group + "/state?at=" + SeededGroups.after(stream.first, some));
            case TABLES -> api.get("/api/route-tables/" + group + "/versions?limit=10");
            case TABLE -> api.get("/api/route-tables/" + group + "/versions/" + Math.max(1, some - 8));
            case HISTORY -> api.get("/api/groups/" + group + "/history?limit=10&after=" + (some - 5));
        }
        return (System.nanoTime() - begun) / 1e6;
    }

    // ---- many groups and routers

    private void large() throws IOException, InterruptedException, SQLException {
        int groups = options.largeGroups();
        String suite = groups + " groups x " + options.largeRouters() + " routers";
        progress.accept(suite + ":");
        try (ScaleWorld world =
                ScaleWorld.start(dir.resolve("large"), options.heapMiB(), seed -> seed.copy(groups), progress)) {
            Duration cpu = world.proc().cpu();
            try (SimulatedRouters routers = SimulatedRouters.start(world, options.largeRouters())) {
                report.found(suite + ": all tables with all routers", "s", routers.awaitTables(groups, PATIENCE));
                report.found(
                        suite + ": processor time of strategy-service for that",
                        "s",
                        world.proc().cpu().minus(cpu).toNanos() / 1e9);
                settle(world);
                report.found(suite + " at rest: strategy-service", "% of one core", idle(world, suite));
                StrategyApi api = world.operator();
                List<Double> applied = new ArrayList<>();
                for (int i = 0; i < options.changes(); i++) {
                    String group = SeededGroups.name(1 + random.nextInt(groups));
                    applied.add(routers.time(api, group, next(api, group), Duration.ofMinutes(2))
                            .appliedMillis());
                }
                applied.sort(null);
                report.found(suite + ": command to applied by all, p50", "ms", Statistics.quantile(applied, 0.5));
                report.found(suite + ": command to applied by all, p99", "ms", Statistics.quantile(applied, 0.99));
                progress.accept("comparing every table of every router");
                Set<String> wrong = routers.wrong(truth(api, groups));
                report.atMost(0, suite + ": groups of which a router has a wrong table", "groups", wrong.size());
                report.found(suite + ": calls of routers that failed and were repeated", "calls", (double)
                        routers.failures());
            }
        }
    }

    private static Map<String, TableIdentity> truth(StrategyApi api, int groups)
            throws IOException, InterruptedException {
        Map<String, TableIdentity> truth = new TreeMap<>();
        for (int i = 1; i <= groups; i++) {
            String group = SeededGroups.name(i);
            String document = api.text("/api/route-tables/" + group);
            JsonNode table = JSON.readTree(document);
            truth.put(
                    group,
                    TableIdentity.of(
                            table.get("epoch").asLong(), table.get("version").asLong(), document));
        }
        return truth;
    }
}
