package io.tricolor.bench;

import io.tricolor.engines.EngineFailed;
import io.tricolor.engines.TricolorHome;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Runs one benchmark by name: {@code ./tricolor bench NAME}. */
public final class Bench {

    /** No benchmark takes the machine for longer. */
    private static final Duration LIMIT = Duration.ofMinutes(30);

    private static final List<Benchmark> BENCHMARKS =
            List.of(new WatchersBenchmark(), new GatewayBenchmark(), new NginxBenchmark(), new NginxNoiseBenchmark());
    private static final Set<String> OPTIONS = Set.of("pairs", "seconds", "connections", "watchers", "out");

    private Bench() {}

    public static void main(String[] args) throws InterruptedException {
        Locale.setDefault(Locale.ROOT);
        System.exit(run(List.of(args)));
    }

    private static int run(List<String> args) throws InterruptedException {
        if (!args.isEmpty() && args.getFirst().equals(ScaleBenchmark.NAME) && args.contains("--help")) {
            System.out.print(ScaleOptions.HELP);
            return 0;
        }
        if (args.isEmpty() || args.contains("--help") || args.contains("-h")) {
            System.out.print(usage());
            return args.isEmpty() ? 2 : 0;
        }
        Thread.ofPlatform().daemon().name("limit").start(Bench::giveUpInTime);
        return measured(args);
    }

    private static void giveUpInTime() {
        try {
            Thread.sleep(LIMIT);
        } catch (InterruptedException e) {
            return;
        }
        System.err.println("bench: not done after " + LIMIT.toMinutes() + " minutes, given up");
        Runtime.getRuntime().halt(1);
    }

    private static int measured(List<String> args) throws InterruptedException {
        try {
            if (args.getFirst().equals(ScaleBenchmark.NAME)) {
                return scale(args.subList(1, args.size()));
            }
            if (args.getFirst().equals(GatesBenchmark.NAME)) {
                return gates(args.subList(1, args.size()));
            }
            if (args.getFirst().equals(HistoryBenchmark.NAME)) {
                return history(args.subList(1, args.size()));
            }
            Benchmark benchmark = find(args.getFirst());
            Map<String, String> options = options(args.subList(1, args.size()), OPTIONS);
            for (String program : benchmark.programs()) {
                if (!isOnPath(program)) {
                    throw new IOException(
                            benchmark.name() + " needs " + program + ", which is not here (see docs/benchmarks.md)");
                }
            }
            Path out = Path.of(options.getOrDefault("out", results().toString()));
            Path dir = Files.createTempDirectory(Files.createDirectories(out.toAbsolutePath()), benchmark.name() + "-");
            Benchmark.Settings settings = new Benchmark.Settings(
                    number(options, "pairs", 5),
                    number(options, "seconds", 5),
                    number(options, "connections", 32),
                    number(options, "watchers", 10_000),
                    dir,
                    System.err::println);
            Machine before = Machine.now();
            List<Comparison> comparisons = benchmark.run(settings);
            Report report = new Report(benchmark.name(), before, Machine.loadNow(), settings, comparisons);
            Path written = report.write(out);
            System.out.print(Files.readString(written));
            System.err.println("written to " + written + " and its .json");
            delete(dir);
            return 0;
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            return 2;
        } catch (IOException | UncheckedIOException | EngineFailed e) {
            System.err.println("bench: " + e.getMessage());
            return 1;
        }
    }

    private static Path results() {
        return TricolorHome.find().resolve("target/bench");
    }

    /** A goal that is missed is a failure: nothing but the seed decides. */
    private static int gates(List<String> args) throws IOException {
        Map<String, String> options = options(args, Set.of("runs", "seed", "out"));
        int runs = number(options, "runs", 10_000);
        if (runs < 1 || runs > 1_000_000) {
            throw new IllegalArgumentException("--runs must be from 1 to 1000000, not " + runs);
        }
        Path out = Path.of(options.getOrDefault("out", results().toString()));
        return GatesBenchmark.run(runs, number(options, "seed", 1), out, System.err::println) ? 0 : 1;
    }

    private static int history(List<String> args) throws IOException, InterruptedException {
        Map<String, String> options = options(args, Set.of("events", "streams", "reads", "heap", "out"));
        int streams = within(options, "streams", 20, 1, 1_000);
        int events = within(options, "events", 1_000_000, 1_000 * streams, 5_000_000);
        int reads = within(options, "reads", 200, 10, 2_000);
        int heap = within(options, "heap", 1_024, 256, 4_096);
        Path out = Path.of(options.getOrDefault("out", results().toString())).toAbsolutePath();
        Path dir = Files.createTempDirectory(Files.createDirectories(out), HistoryBenchmark.NAME + "-");
        Machine before = Machine.now();
        ScaleReport report = new HistoryBenchmark(events, streams, reads, heap, dir, System.err::println).run();
        Path written = report.write(
                HistoryBenchmark.NAME,
                Map.of("events", events, "streams", streams, "reads", reads, "heapMiB", heap),
                out,
                before);
        System.out.print(Files.readString(written));
        System.err.println("written to " + written + " and its .json");
        delete(dir);
        return 0;
    }

    private static int within(Map<String, String> options, String name, int otherwise, int from, int to) {
        int number = number(options, name, otherwise);
        if (number < from || number > to) {
            throw new IllegalArgumentException("--" + name + " must be from " + from + " to " + to + ", not " + number);
        }
        return number;
    }

    private static int scale(List<String> args) throws IOException, InterruptedException {
        ScaleOptions options = ScaleOptions.parse(args, results());
        Path dir = Files.createTempDirectory(Files.createDirectories(options.out()), ScaleBenchmark.NAME + "-");
        Machine before = Machine.now();
        ScaleReport report = new ScaleBenchmark(options, dir, System.err::println).run();
        Path written = report.write(options, before);
        System.out.print(Files.readString(written));
        System.err.println("written to " + written + " and its .json");
        delete(dir);
        return 0;
    }

    /** Logs of a run that went well are large and tell nothing; those of one that failed stay. */
    private static void delete(Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static Benchmark find(String name) {
        return BENCHMARKS.stream()
                .filter(benchmark -> benchmark.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no benchmark " + name + "; --help lists them"));
    }

    private static Map<String, String> options(List<String> words, Set<String> known) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            String name = words.get(i).startsWith("--") ? words.get(i).substring(2) : "";
            if (!known.contains(name) || i + 1 == words.size()) {
                throw new IllegalArgumentException("not an option with its value: " + words.get(i));
            }
            options.put(name, words.get(i + 1));
        }
        return options;
    }

    private static int number(Map<String, String> options, String name, int otherwise) {
        String text = options.getOrDefault(name, Integer.toString(otherwise));
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " takes a whole number, not " + text, e);
        }
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static String usage() {
        StringBuilder text = new StringBuilder("""
                Usage: ./tricolor bench NAME [--pairs 5] [--seconds 5] [--connections 32] [--watchers 10000] [--out DIR]
                Measures on this machine, over loopback; results as JSON and Markdown in target/bench.

                """);
        BENCHMARKS.forEach(
                benchmark -> text.append("  %-12s %s%n".formatted(benchmark.name(), benchmark.description())));
        text.append("  %-12s %s%n".formatted(ScaleBenchmark.NAME, ScaleBenchmark.DESCRIPTION));
        text.append("  %-12s %s%n".formatted(HistoryBenchmark.NAME, HistoryBenchmark.DESCRIPTION));
        text.append("  %-12s %s%n".formatted(GatesBenchmark.NAME, GatesBenchmark.DESCRIPTION));
        return text.toString();
    }
}
