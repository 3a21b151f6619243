package io.tricolor.bench;

import io.tricolor.engines.EngineFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A store with very many events: how long it takes to make the read models anew from all of them, whether that is what
 * a fold of each stream says, and how long questions about the past take.
 */
final class HistoryBenchmark {

    static final String NAME = "history";
    static final String DESCRIPTION = "1,000,000 events in the store: read models made anew, and questions about the"
            + " past; --events 1000000, --streams 20, --reads 200, --heap 1024";

    private static final Pattern REBUILT = Pattern.compile("from (\\d+) events in (\\d+) ms");
    private static final double REBUILD_SECONDS = 20;
    private static final double QUESTION_MILLIS = 200;
    private static final int WARM = 10;

    private final int events;
    private final int streams;
    private final int reads;
    private final int heapMiB;
    private final Path dir;
    private final Consumer<String> progress;
    private final ScaleReport report = new ScaleReport();
    private final Random random = new Random(12);

    /** What is asked. */
    private enum Question {
        STATE_AT("the state at an instant"),
        STATE_OF("the state after an event"),
        DIFF("the difference of two points"),
        MOVES("which events moved an id, from a point on"),
        HISTORY("a page of the history"),
        FILTERED("a page of the history of one actor in a day"),
        TABLE("an old table");

        private final String title;

        Question(String title) {
            this.title = title;
        }
    }

    HistoryBenchmark(int events, int streams, int reads, int heapMiB, Path dir, Consumer<String> progress) {
        this.events = events;
        this.streams = streams;
        this.reads = reads;
        this.heapMiB = heapMiB;
        this.dir = dir;
        this.progress = progress;
    }

    ScaleReport run() throws IOException, InterruptedException {
        int each = events / streams;
        Map<String, Instant> firsts = new TreeMap<>();
        try (ScaleWorld world = ScaleWorld.start(
                dir,
                heapMiB,
                groups -> {
                    for (int i = 1; i <= streams; i++) {
                        String name = SeededGroups.name(i);
                        firsts.put(name, groups.stream(name, each));
                        groups.makeAnewAtStart(name);
                    }
                    progress.accept("%,d events are in the store".formatted(events));
                },
                progress)) {
            double[] rebuilt = rebuilt();
            report.found("events that read models were made of", "events", rebuilt[0]);
            report.atMost(REBUILD_SECONDS, "read models made anew", "s", rebuilt[1] / 1e3);
            StrategyApi api = world.operator();
            int differ = 0;
            for (String group : firsts.keySet()) {
                differ += api.get("/api/groups/" + group + "/rebuild")
                                .get("equalsLive")
                                .asBoolean()
                        ? 0
                        : 1;
            }
            report.atMost(0, "groups whose read model is not what a fold of the stream says", "groups", differ);
            ask(api, firsts, each);
        } catch (SQLException | EngineFailed e) {
            throw new IOException(e.getMessage(), e);
        }
        return report;
    }

    private void ask(StrategyApi api, Map<String, Instant> firsts, int each) throws IOException, InterruptedException {
        List<String> groups = List.copyOf(firsts.keySet());
        Map<Question, List<Double>> millis = new EnumMap<>(Question.class);
        for (int i = 0; i < WARM + reads; i++) {
            for (Question question : Question.values()) {
                String group = groups.get(random.nextInt(groups.size()));
                String path = path(question, group, firsts.getOrDefault(group, Instant.EPOCH), each);
                long begun = System.nanoTime();
                api.get(path);
                if (i >= WARM) {
                    millis.computeIfAbsent(question, key -> new ArrayList<>()).add((System.nanoTime() - begun) / 1e6);
                }
            }
        }
        millis.forEach((question, times) -> {
            times.sort(null);
            report.found(question.title + ", p50", "ms", Statistics.quantile(times, 0.5));
            report.atMost(QUESTION_MILLIS, question.title + ", p99", "ms", Statistics.quantile(times, 0.99));
        });
    }

    private String path(Question question, String group, Instant first, int each) {
        int some = 20 + random.nextInt(each - 40);
        int other = 20 + random.nextInt(each - 40);
        String api = "/api/groups/" + group;
        return switch (question) {
            case STATE_AT -> api + "/state?at=" + SeededGroups.after(first, some);
            case STATE_OF -> api + "/state?sequence=" + some;
            case DIFF -> api + "/diff?from=" + Math.min(some, other) + "&to=" + Math.max(some, other);
            case MOVES -> api + "/moves?id=" + other + "&limit=100&after=" + some;
            case HISTORY -> api + "/history?limit=100&after=" + some;
            case FILTERED ->
                api + "/history?limit=100&actor=bench&after=" + some + "&from=" + SeededGroups.after(first, some);
            case TABLE -> "/api/route-tables/" + group + "/versions/" + Math.max(1, some - 10);
        };
    }

    /** Events and milliseconds, by what the service has written to its log. */
    private double[] rebuilt() throws IOException {
        try (Stream<Path> files = Files.walk(dir.resolve("strategy"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Matcher said = REBUILT.matcher(text(file));
                if (said.find()) {
                    return new double[] {Double.parseDouble(said.group(1)), Double.parseDouble(said.group(2))};
                }
            }
        }
        throw new IOException("strategy-service does not say that it has made its read models anew");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
