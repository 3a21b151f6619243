package io.tricolor.strategy.scaling.domain;

import io.tricolor.contracts.scaling.ScalingBounds;
import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingRule;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Change;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Hold;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a rule says of a service in a cluster. Nothing is concluded from silence: without a fresh measurement nothing is
 * added, and instances are taken away only when all of the cooldown was measured, whole, and fewer were enough in all
 * of it.
 */
public final class Scaler {

    /** What was measured longer ago says nothing of now; a longer gap between two measurements is a hole. */
    static final Duration FRESH = Duration.ofMinutes(1);

    private Scaler() {}

    /** Fewest and most instances at some moment. */
    record Bounds(int min, int max) {}

    /**
     * Decides.
     *
     * @param window what was measured lately, the oldest first, of at least the longer cooldown
     */
    public static ScalingVerdict decide(ScalingRule rule, Situation situation, List<Measurement> window, Instant now) {
        int instances = situation.instances();
        if (instances == 0) {
            return new Hold("the cluster is stopped");
        }
        if (!situation.busy().isEmpty()) {
            return new Hold(situation.busy());
        }
        Bounds bounds = bounds(rule, now);
        if (instances < bounds.min()) {
            return change(
                    instances,
                    bounds.min(),
                    instances + " are fewer than the rule's " + bounds.min(),
                    evidence(bounds, window));
        }
        if (instances > bounds.max()) {
            return isCool(situation, rule.cooldownDown(), now)
                    ? change(
                            instances,
                            Math.max(bounds.max(), instances - rule.stepDown()),
                            instances + " are more than the rule's " + bounds.max(),
                            evidence(bounds, window))
                    : cooling(rule.cooldownDown());
        }
        if (rule.requestsPerInstance() == null && rule.cpuPercent() == null) {
            return new Hold("within the bounds");
        }
        Measurement newest = window.isEmpty() ? null : window.getLast();
        if (newest == null || newest.at().plus(FRESH).isBefore(now)) {
            return new Hold("nothing was measured in the last " + FRESH.toSeconds() + " s");
        }
        int wanted = wanted(rule, situation, newest);
        if (wanted > instances) {
            return up(rule, situation, newest, bounds, wanted, now);
        }
        return wanted == 0
                ? new Hold("neither requests nor processors could be read")
                : down(rule, situation, window, bounds, now);
    }

    private static ScalingVerdict up(
            ScalingRule rule, Situation situation, Measurement newest, Bounds bounds, int wanted, Instant now) {
        int instances = situation.instances();
        if (instances == bounds.max()) {
            return new Hold(wanted + " would be right, " + bounds.max() + " are the most");
        }
        if (!isCool(situation, rule.cooldownUp(), now)) {
            return cooling(rule.cooldownUp());
        }
        SortedMap<String, String> evidence = evidence(bounds, List.of(newest));
        evidence.put("wanted", Integer.toString(wanted));
        return change(
                instances,
                Math.min(bounds.max(), Math.min(wanted, instances + rule.stepUp())),
                load(rule, situation, newest) + ": right for " + wanted + ", not for " + instances,
                evidence);
    }

    private static ScalingVerdict down(
            ScalingRule rule, Situation situation, List<Measurement> window, Bounds bounds, Instant now) {
        int instances = situation.instances();
        if (instances == bounds.min()) {
            return new Hold("the load is right for no more than the fewest");
        }
        Instant begin = now.minus(rule.cooldownDown());
        List<Measurement> since =
                window.stream().filter(each -> each.at().isAfter(begin)).toList();
        List<Measurement> counted = since.isEmpty() ? List.of(window.getLast()) : since;
        Instant known = begin;
        int most = 0;
        for (Measurement each : counted) {
            if (!isWhole(rule, each) || each.since().isAfter(known.plus(FRESH))) {
                return new Hold("not all of the last " + rule.cooldownDown().toSeconds() + " s was measured whole");
            }
            known = each.at();
            most = Math.max(most, wanted(rule, situation, each));
        }
        if (most >= instances) {
            return new Hold(instances + " are right");
        }
        if (!isCool(situation, rule.cooldownDown(), now)) {
            return cooling(rule.cooldownDown());
        }
        SortedMap<String, String> evidence = evidence(bounds, counted);
        evidence.put("wanted", Integer.toString(most));
        int to = Math.max(bounds.min(), Math.max(most, instances - rule.stepDown()));
        return change(
                instances,
                to,
                most + " would have been enough for " + rule.cooldownDown().toSeconds() + " s, now "
                        + load(rule, situation, counted.getLast()),
                evidence);
    }

    /** The bounds of that time. */
    static Bounds bounds(ScalingRule rule, Instant now) {
        for (ScalingBounds other : rule.schedule()) {
            if (other.time().contains(now)) {
                return new Bounds(other.min(), other.max());
            }
        }
        return new Bounds(rule.min(), rule.max());
    }

    /** Whether a load is right for more than so many instances, beyond the tolerance. */
    static boolean isOver(ScalingRule rule, int instances, Measurement load, double cpus) {
        return instances > 0 && wanted(rule, new Situation(instances, cpus, "", null), load) > instances;
    }

    /** How many instances a load is right for; as many as there are within the tolerance; 0: nothing is known. */
    private static int wanted(ScalingRule rule, Situation situation, Measurement load) {
        int wanted = 0;
        Double requests = load.requestsPerSecond();
        if (rule.requestsPerInstance() != null && requests != null) {
            wanted = right(requests / rule.requestsPerInstance(), situation.instances(), rule.tolerance());
        }
        Double cores = load.cores();
        if (rule.cpuPercent() != null && cores != null && load.instances() > 0) {
            double one = situation.cpus() * rule.cpuPercent() / 100;
            wanted = Math.max(wanted, right(cores * load.instances() / one, situation.instances(), rule.tolerance()));
        }
        return wanted;
    }

    private static int right(double exact, int instances, double tolerance) {
        if (Math.abs(exact / instances - 1) <= tolerance) {
            return instances;
        }
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.ceil(exact)));
    }

    private static boolean isWhole(ScalingRule rule, Measurement load) {
        return (rule.requestsPerInstance() == null || (load.requestsPerSecond() != null && load.requestsComplete()))
                && (rule.cpuPercent() == null || (load.cores() != null && load.coresComplete()));
    }

    private static boolean isCool(Situation situation, Duration cooldown, Instant now) {
        ScalingDecided last = situation.last();
        return last == null || !last.at().plus(cooldown).isAfter(now);
    }

    private static Hold cooling(Duration cooldown) {
        return new Hold("less than " + cooldown.toSeconds() + " s since the last change");
    }

    private static Change change(int from, int to, String reason, SortedMap<String, String> evidence) {
        evidence.put("instances", Integer.toString(from));
        return new Change(to, reason, evidence);
    }

    private static String load(ScalingRule rule, Situation situation, Measurement load) {
        StringBuilder words = new StringBuilder();
        if (rule.requestsPerInstance() != null && load.requestsPerSecond() != null) {
            words.append(number(load.requestsPerSecond()))
                    .append(" requests a second at ")
                    .append(number(rule.requestsPerInstance()))
                    .append(" an instance");
        }
        if (rule.cpuPercent() != null && load.cores() != null) {
            words.append(words.isEmpty() ? "" : ", ")
                    .append(number(100 * load.cores() / situation.cpus()))
                    .append(" % of the processors at ")
                    .append(rule.cpuPercent())
                    .append(" %");
        }
        return words.toString();
    }

    private static SortedMap<String, String> evidence(Bounds bounds, List<Measurement> measured) {
        SortedMap<String, String> evidence = new TreeMap<>();
        evidence.put("bounds", bounds.min() + " to " + bounds.max());
        if (!measured.isEmpty()) {
            Measurement newest = measured.getLast();
            evidence.put("measured", measured.getFirst().since() + " to " + newest.at());
            evidence.put("measured-instances", Integer.toString(newest.instances()));
            if (newest.requestsPerSecond() != null) {
                evidence.put("requests-per-second", number(newest.requestsPerSecond()));
            }
            if (newest.cores() != null) {
                evidence.put("cores-per-instance", number(newest.cores()));
            }
        }
        return evidence;
    }

    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return Long.toString((long) value);
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : "%.3g", value);
    }
}
