package io.tricolor.strategy.scaling.domain;

import io.tricolor.contracts.scaling.ScalingDecided;
import org.jspecify.annotations.Nullable;

/**
 * What a rule is asked about.
 *
 * @param instances that are desired
 * @param cpus that the manifest asks for, for one instance
 * @param busy why the number cannot be changed now; empty: it can
 * @param last what was decided last; null: nothing yet
 */
public record Situation(
        int instances, double cpus, String busy, @Nullable ScalingDecided last) {}
