package io.tricolor.strategy.scaling.domain;

import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingRule;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule would have done with what was measured. The load is taken as it was, evenly spread over the instances
 * that the rule would have had; these are there at once, and nothing keeps the rule from acting.
 *
 * @param measurements that were there
 * @param changes in order
 * @param fewest instances at any moment
 * @param most instances at any moment
 * @param instanceHours of the rule
 * @param recordedInstanceHours of what really ran
 * @param overloadedSeconds in which the rule would have had fewer than were right
 * @param recordedOverloadedSeconds in which fewer ran than were right
 */
public record Simulation(
        int measurements,
        List<SimulatedChange> changes,
        int fewest,
        int most,
        double instanceHours,
        double recordedInstanceHours,
        long overloadedSeconds,
        long recordedOverloadedSeconds) {

    private static final double SECONDS = 3_600;

    /** One change. */
    public record SimulatedChange(Instant at, int from, int to, String reason) {}

    /** Copies the changes. */
    public Simulation {
        changes = List.copyOf(changes);
    }

    /**
     * Runs a rule over measurements, the oldest first.
     *
     * @param cpus that the manifest asks for, for one instance
     */
    public static Simulation of(ScalingRule rule, List<Measurement> recorded, double cpus) {
        List<SimulatedChange> changes = new ArrayList<>();
        int instances = recorded.isEmpty() ? 0 : Math.max(1, recorded.getFirst().instances());
        int fewest = instances;
        int most = instances;
        long ruled = 0;
        long ran = 0;
        long over = 0;
        long recordedOver = 0;
        @Nullable ScalingDecided last = null;
        List<Measurement> window = new ArrayList<>();
        for (Measurement each : recorded) {
            long seconds = Duration.between(each.since(), each.at()).toSeconds();
            ruled += instances * seconds;
            ran += each.instances() * seconds;
            over += Scaler.isOver(rule, instances, each, cpus) ? seconds : 0;
            recordedOver += Scaler.isOver(rule, each.instances(), each, cpus) ? seconds : 0;
            window.add(each);
            window.removeIf(old -> old.at().isBefore(each.at().minus(rule.cooldownDown())));
            int now = instances;
            ScalingVerdict verdict = Scaler.decide(
                    rule,
                    new Situation(now, cpus, "", last),
                    window.stream().map(measured -> measured.on(now)).toList(),
                    each.at());
            if (verdict instanceof Change change) {
                changes.add(new SimulatedChange(each.at(), instances, change.to(), change.reason()));
                last = new ScalingDecided(
                        "", "", "", instances, change.to(), 0, change.reason(), change.evidence(), each.at());
                instances = change.to();
                fewest = Math.min(fewest, instances);
                most = Math.max(most, instances);
            }
        }
        return new Simulation(
                recorded.size(), changes, fewest, most, ruled / SECONDS, ran / SECONDS, over, recordedOver);
    }
}
