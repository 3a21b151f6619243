package io.tricolor.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one benchmark found, with all that is needed to judge it.
 *
 * @param loadAfter average of one minute at the end; the measured load is in it
 */
record Report(
        String benchmark,
        Machine machine,
        double loadAfter,
        Benchmark.Settings settings,
        List<Comparison> comparisons) {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Writes {@code NAME-TIME.json} and {@code NAME-TIME.md}; answers the second. */
    Path write(Path dir) throws IOException {
        Files.createDirectories(dir);
        String name = benchmark + "-" + STAMP.format(Instant.now());
        Files.writeString(dir.resolve(name + ".json"), JSON.writeValueAsString(document()) + "\n");
        return Files.writeString(dir.resolve(name + ".md"), markdown());
    }

    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("benchmark", benchmark);
        document.put("at", machine.at().toString());
        document.put("system", machine.system());
        document.put("processor", machine.processor());
        document.put("processors", machine.processors());
        document.put("memoryMiB", machine.memoryMiB());
        document.put("java", machine.java());
        document.put("loadBefore", machine.load());
        document.put("loadAfter", loadAfter);
        document.put("pairs", settings.pairs());
        document.put("seconds", settings.seconds());
        document.put("connections", settings.connections());
        document.put("watchers", settings.watchers());
        document.put("comparisons", comparisons);
        return document;
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("%s, %s, %d x %s, %d MiB, Java %s; load %.2f before, %.2f after%n"
                .formatted(
                        machine.at(),
                        machine.system(),
                        machine.processors(),
                        machine.processor(),
                        machine.memoryMiB(),
                        machine.java().strip(),
                        machine.load(),
                        loadAfter));
        for (Comparison comparison : comparisons) {
            text.append("%n%s, %d runs each in turns%n%n".formatted(comparison.title(), settings.pairs()));
            List<String> head = new ArrayList<>(List.of("metric"));
            comparison.variants().forEach(variant -> head.addAll(List.of(variant, "spread")));
            if (comparison.variants().size() > 1) {
                head.addAll(List.of("ratio", "from", "to"));
            }
            row(text, head);
            row(text, head.stream().map(word -> "---").toList());
            comparison
                    .rows()
                    .forEach((metric, row) ->
                            row(text, cells(metric, row, comparison.variants().size())));
        }
        return text.toString();
    }

    private static List<String> cells(Metric metric, Comparison.Row row, int variants) {
        List<String> cells = new ArrayList<>(List.of(metric.title()));
        String format = "%,." + metric.decimals() + "f";
        for (Statistics each : row.each()) {
            cells.add(format.formatted(each.median()));
            cells.add("%.0f %%".formatted(each.spread() * 100));
        }
        if (variants > 1 && !row.ratio().isEmpty()) {
            Statistics ratio = Statistics.of(row.ratio());
            cells.addAll(List.of(
                    "%.3f".formatted(ratio.median()), "%.3f".formatted(ratio.min()), "%.3f".formatted(ratio.max())));
        } else if (variants > 1) {
            cells.addAll(List.of("", "", ""));
        }
        return cells;
    }

    private static void row(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
