package io.tricolor.bench;

import io.tricolor.monitor.gate.domain.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Metric gates on releases whose truth is known, beside a rule that is in use elsewhere. */
final class GatesBenchmark {

    static final String NAME = "gates";
    static final String DESCRIPTION = "metric gates in simulation, seeded: false alarms, what is found and how soon;"
            + " beside Kayenta's rule; --runs 10000, --seed 1";

    static final Limits LIMITS = new Limits(1.25, 0.01, 100);

    private static final double ALPHA = 0.01;
    private static final double FOUND = 0.99;

    private GatesBenchmark() {}

    private record Case(String what, GateSimulation simulation, double goal) {}

    /**
     * Runs all cases; writes a table.
     *
     * @return whether every goal is met
     */
    static boolean run(int runs, long seed, Path out, Consumer<String> progress) throws IOException {
        StringBuilder table = new StringBuilder();
        table.append(
                "%,d runs each, seeds from %d; FAIL at 1/alpha = 100, tolerated ratio 1.25%n%n".formatted(runs, seed));
        row(
                table,
                "looks",
                "canary, baseline a look",
                "errors of the baseline, of the canary",
                "clumps",
                "FAIL",
                "goal",
                "canary's requests at FAIL, median",
                "PASS before",
                "Kayenta's rule at the end");
        row(table, "---", "---", "---", "---", "---", "---", "---", "---", "---");
        boolean met = true;
        for (Case each : cases()) {
            GateSimulation s = each.simulation();
            GateSimulation.Outcome outcome = s.run(LIMITS, runs, seed, s.looks() == 60);
            boolean good = Double.isNaN(each.goal())
                    || (s.isGood() ? outcome.failed() <= each.goal() : outcome.failed() >= each.goal());
            met &= good;
            String goal = Double.isNaN(each.goal())
                    ? ""
                    : (s.isGood() ? "at most " : "at least ") + percent(each.goal()) + (good ? "" : ", missed");
            row(
                    table,
                    Integer.toString(s.looks()),
                    s.canary() + ", " + s.baseline(),
                    percent(s.share()) + ", " + percent(s.share() * s.ratio()),
                    Integer.toString(s.clump()),
                    percent(outcome.failed()),
                    goal,
                    outcome.requests() == 0 ? "" : "%,d".formatted(outcome.requests()),
                    percent(outcome.passed()),
                    Double.isNaN(outcome.foil()) ? "" : percent(outcome.foil()));
            progress.accept(each.what() + ": FAIL in " + percent(outcome.failed()));
        }
        Files.createDirectories(out);
        Files.writeString(out.resolve(NAME + "-" + runs + "-" + seed + ".md"), table);
        System.out.print(table);
        return met;
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int looks : new int[] {1, 60, 1_000}) {
            for (int clump = 1; clump <= 5; clump++) {
                cases.add(new Case(
                        looks + " looks, clumps of " + clump,
                        new GateSimulation(looks, 20, 200, 0.01, 1, clump),
                        ALPHA));
            }
        }
        cases.add(new Case("at the tolerated ratio", new GateSimulation(1_000, 20, 200, 0.01, 1.25, 1), ALPHA));
        cases.add(new Case("equal slices", new GateSimulation(60, 20, 20, 0.01, 1.25, 1), ALPHA));
        cases.add(new Case("rare errors", new GateSimulation(60, 100, 1_000, 0.001, 1.25, 1), ALPHA));
        cases.add(new Case("twice as bad", new GateSimulation(60, 20, 200, 0.01, 2, 1), Double.NaN));
        cases.add(new Case("three times as bad", new GateSimulation(60, 20, 200, 0.01, 3, 1), Double.NaN));
        cases.add(new Case("five times as bad", new GateSimulation(60, 20, 200, 0.01, 5, 1), FOUND));
        cases.add(new Case("five times, pairs", new GateSimulation(60, 20, 200, 0.01, 5, 2), Double.NaN));
        cases.add(new Case("five times, fives", new GateSimulation(60, 20, 200, 0.01, 5, 5), Double.NaN));
        cases.add(new Case("five times, equal slices", new GateSimulation(60, 20, 20, 0.01, 5, 1), Double.NaN));
        cases.add(new Case("0.05 % to 2 %", new GateSimulation(60, 20, 200, 0.0005, 40, 1), Double.NaN));
        cases.add(new Case("twice as many slow", new GateSimulation(60, 20, 200, 0.05, 2, 1), Double.NaN));
        cases.add(new Case("three times as many slow", new GateSimulation(60, 20, 200, 0.05, 3, 1), FOUND));
        return cases;
    }

    private static String percent(double share) {
        String text = "%.2f".formatted(share * 100);
        return text.replaceAll("\\.?0+$", "") + " %";
    }

    private static void row(StringBuilder table, String... cells) {
        table.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
