package io.tricolor.monitor.gate.domain;

import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Gate.Measure;
import io.tricolor.contracts.group.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a judgement says of itself, in words for people and for the record. */
public final class GateEvidence {

    /** About how many more requests of the canary a verdict takes. */
    public static final String NEEDED = "needed";

    private static final Duration AHEAD = Duration.ofMinutes(10);

    private GateEvidence() {}

    /**
     * The evidence of a verdict.
     *
     * @param unread routers that could not be read this time, with the reason
     * @param readable whether the routers that there are are known at all
     */
    public static SortedMap<String, String> of(
            JudgeGate command,
            GateProgress progress,
            SequentialTest.Assessment said,
            Collection<String> unread,
            boolean readable,
            Instant now) {
        SortedMap<String, String> facts = new TreeMap<>();
        Look total = progress.test().total();
        Double bound = progress.slowerThan();
        String bad = command.gate().measure() == Measure.ERRORS
                ? "errors"
                : bound == null ? "slow" : "slower than " + seconds(bound);
        facts.put("canary", command.canary() + ": " + total.canary() + " requests, " + total.canaryBad() + " " + bad);
        facts.put(
                "baseline",
                command.baseline() + ": " + total.baseline() + " requests, " + total.baselineBad() + " " + bad);
        Duration unseen = command.gate().notLookedAt();
        if (unseen.isPositive()) {
            facts.put("warm-up", "the first " + unseen.toSeconds() + " s are not looked at");
        }
        Gate.Source source = command.gate().source();
        if (source != null) {
            facts.put(
                    "source",
                    (source.from() == Gate.Source.From.PROMETHEUS ? "Prometheus: " : "the instances: ") + source.bad()
                            + " of " + source.total());
        }
        facts.put("looks", Long.toString(progress.test().looks()));
        facts.put("since", progress.since().toString());
        facts.put("ratio", ratio(said));
        facts.put(
                "tolerated",
                number(progress.limits(command).toleratedRatio()) + "; "
                        + number(progress.limits(command).excludedRatio()) + " has to be excluded");
        facts.put(
                "e-value",
                number(Math.exp(said.logEvidence())) + " of "
                        + number(1 / progress.limits(command).alpha()));
        if (command.gate().measure() == Measure.LATENCY) {
            facts.put("threshold", threshold(command, progress));
        }
        if (!Double.isNaN(said.clump())) {
            facts.put("clumps", "bad requests of the baseline come in about " + number(said.clump()) + " at a time");
        }
        facts.put("randomised", Boolean.toString(progress.compared() == Comparison.COHORTS));
        facts.put("comparison", comparison(command, progress));
        if (progress.restarts() > 0) {
            facts.put(
                    "gaps",
                    progress.restarts() + ", the last one: " + progress.lastRestart()
                            + " counts anew; what it counted last is lost");
        }
        if (!unread.isEmpty()) {
            facts.put("unread", String.join("; ", unread));
        }
        detectable(command, progress, now)
                .ifPresent(smallest -> facts.put(
                        "detectable",
                        "a ratio of " + number(smallest) + " in " + AHEAD.toMinutes() + " min at this traffic"));
        if (said.needed() > 0) {
            facts.put(NEEDED, Long.toString(said.needed()));
        }
        facts.put("reason", reason(command, progress, said, readable, now));
        return facts;
    }

    private static String comparison(JudgeGate command, GateProgress progress) {
        String canary = command.canary();
        String baseline = command.baseline();
        return switch (progress.compared()) {
            case null -> "nobody was read yet";
            case COHORTS ->
                "the users of " + canary + " are drawn by a hash, and are compared with as many of " + baseline
                        + " drawn by the same one";
            case LIMIT ->
                canary + " is compared with a share of " + percent(progress.share(command)) + ", not with " + baseline;
            case BEFORE ->
                progress.lacksBefore()
                        ? "too little is known of " + baseline + " before everybody left it"
                        : canary + " is compared with what was counted of " + baseline
                                + " before everybody left it: a share of at most " + percent(progress.share(command));
            case CLUSTERS -> {
                if (command.gate().source() != null) {
                    yield "all that " + canary + " counts, against all that " + baseline + " does";
                }
                Integer drawn = command.basisPoints();
                if (drawn == null) {
                    yield "the users of " + canary + " were named, and are compared with all others on " + baseline
                            + ": they are no random sample";
                }
                yield "the users of " + canary + " are drawn by a hash, those of " + baseline
                        + " are all others: there is no control cohort of the same size"
                        + (drawn > GateProgress.HALF
                                ? " for more than half of all"
                                : ", for there is a router that counts none");
            }
        };
    }

    private static String percent(double share) {
        return number(share * 100) + " %";
    }

    private static String reason(
            JudgeGate command, GateProgress progress, SequentialTest.Assessment said, boolean readable, Instant now) {
        Look total = progress.test().total();
        if (said.verdict() == Verdict.FAIL) {
            String more = "the share of bad requests of " + command.canary() + " is more than ";
            return progress.compared() == Comparison.LIMIT
                    ? more + percent(progress.share(command))
                    : more + number(command.gate().toleratedRatio()) + " times that of " + command.baseline();
        }
        if (said.verdict() == Verdict.PASS) {
            return total.canaryBad() == 0
                    ? "none of " + total.canary() + " requests was bad"
                    : "a ratio of " + number(progress.limits(command).excludedRatio()) + " is excluded";
        }
        if (!readable) {
            return "the routers are not known: strategy-service cannot be asked";
        }
        if (progress.routers().isEmpty()) {
            return "no router can be read";
        }
        if (command.gate().measure() == Measure.LATENCY && progress.slowerThan() == null) {
            return "the baseline has answered less than " + GateProgress.THRESHOLD_REQUESTS
                    + " requests: what is slow is not known";
        }
        if (progress.lacksBefore()) {
            return "less than " + GateProgress.THRESHOLD_REQUESTS + " requests to " + command.baseline()
                    + " were counted before: nothing can be compared";
        }
        if (now.isBefore(progress.since().plus(command.gate().notLookedAt()))) {
            return command.canary() + " warms up";
        }
        if (total.canary() == 0) {
            return "no request has come to " + command.canary();
        }
        if (said.clumped()) {
            return Double.isNaN(said.clump())
                    ? "the bad requests of " + command.canary() + " lie close together, and whether they usually do"
                            + " is not known yet"
                    : "overdispersed: bad requests come in clumps, which may be what makes the difference";
        }
        if (total.canary() < command.gate().minimumRequests()) {
            return "less than " + command.gate().minimumRequests() + " requests";
        }
        return "too little to say it";
    }

    private static OptionalDouble detectable(JudgeGate command, GateProgress progress, Instant now) {
        double passed = Duration.between(progress.since(), now)
                .minus(command.gate().notLookedAt())
                .toMillis();
        Look total = progress.test().total();
        double times = AHEAD.toMillis() / passed;
        double against = progress.share(command);
        if (passed >= 1_000 && against > 0) {
            return SequentialTest.detectable(progress.limits(command), total.canary() * times, against);
        }
        if (passed < 1_000 || total.baseline() == 0) {
            return OptionalDouble.empty();
        }
        double share = Math.max(0.5, (double) total.baselineBad()) / total.baseline();
        return SequentialTest.detectable(
                progress.limits(command), total.canary() * times, total.baseline() * times, share);
    }

    private static String ratio(SequentialTest.Assessment said) {
        String interval = "from " + number(said.atLeast()) + " to "
                + (Double.isInfinite(said.atMost()) ? "any" : number(said.atMost()));
        if (Double.isNaN(said.ratio())) {
            return "unknown, " + interval;
        }
        return (Double.isInfinite(said.ratio()) ? "the baseline has none" : number(said.ratio())) + ", " + interval;
    }

    private static String threshold(JudgeGate command, GateProgress progress) {
        Double bound = progress.slowerThan();
        if (bound == null) {
            return "not known yet";
        }
        if (command.gate().slowerThan() != null) {
            return seconds(bound) + ": the bound of the routers' histogram for "
                    + command.gate().slowerThan();
        }
        return seconds(bound) + ": 95 % of the requests of " + command.baseline() + " took less "
                + (progress.beforehand() ? "before the stage" : "at the beginning of the stage");
    }

    private static String seconds(double bound) {
        return number(bound * 1_000) + " ms";
    }

    /** Two digits behind the point where there are few before it. */
    private static String number(double value) {
        if (value >= 1e6) {
            return String.format(Locale.ROOT, "%.1e", value);
        }
        String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
