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

/** Findings of {@link ScaleBenchmark}, each with its goal where it has one. */
final class ScaleReport {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final List<Finding> findings = new ArrayList<>();

    /**
     * One figure.
     *
     * @param goal as a person reads it; empty: none
     * @param met whether the goal is met; true without a goal
     */
    record Finding(String what, String unit, double value, String goal, boolean met) {

        private String text() {
            return value < 10
                    ? "%.2f".formatted(value)
                    : value < 100 ? "%.1f".formatted(value) : "%,.0f".formatted(value);
        }
    }

    void found(String what, String unit, double value) {
        findings.add(new Finding(what, unit, value, "", true));
    }

    void atMost(double goal, String what, String unit, double value) {
        findings.add(new Finding(what, unit, value, "<= " + number(goal), value <= goal));
    }

    void atLeast(double goal, String what, String unit, double value) {
        findings.add(new Finding(what, unit, value, ">= " + number(goal), value >= goal));
    }

    private static String number(double goal) {
        return goal == Math.rint(goal) ? "%,.0f".formatted(goal) : Double.toString(goal);
    }

    List<Finding> findings() {
        return List.copyOf(findings);
    }

    String markdown(Machine before, double loadAfter) {
        StringBuilder text = new StringBuilder();
        text.append("%s, %s, %d x %s, %d MiB, Java %s; load %.2f before, %.2f after%n%n"
                .formatted(
                        before.at(),
                        before.system(),
                        before.processors(),
                        before.processor(),
                        before.memoryMiB(),
                        before.java().strip(),
                        before.load(),
                        loadAfter));
        text.append("| what | figure | goal | met |\n| --- | --- | --- | --- |\n");
        for (Finding finding : findings) {
            String met = finding.goal().isEmpty() ? "" : finding.met() ? "yes" : "NO";
            text.append("| %s (%s) | %s | %s | %s |%n"
                    .formatted(finding.what(), finding.unit(), finding.text(), finding.goal(), met));
        }
        long goals = findings.stream().filter(f -> !f.goal().isEmpty()).count();
        long met = findings.stream().filter(f -> !f.goal().isEmpty() && f.met()).count();
        return text.append("%n%d of %d goals met%n".formatted(met, goals)).toString();
    }

    /** Writes {@code scale-TIME.json} and {@code scale-TIME.md}; answers the second. */
    Path write(ScaleOptions options, Machine before) throws IOException {
        return write(ScaleBenchmark.NAME, options, options.out(), before);
    }

    /** The same under the name of another benchmark. */
    Path write(String benchmark, Object options, Path out, Machine before) throws IOException {
        Files.createDirectories(out);
        double loadAfter = Machine.loadNow();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("benchmark", benchmark);
        document.put("machine", before);
        document.put("loadAfter", loadAfter);
        document.put("options", options);
        document.put("findings", findings);
        String name = benchmark + "-" + STAMP.format(Instant.now());
        Files.writeString(out.resolve(name + ".json"), JSON.writeValueAsString(document) + "\n");
        return Files.writeString(out.resolve(name + ".md"), markdown(before, loadAfter));
    }
}
