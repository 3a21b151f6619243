package io.tricolor.contracts.scaling;

import io.tricolor.contracts.group.WeeklyTime;

/**
 * Other bounds at a time of the week.
 *
 * @param min fewest instances, from 1
 * @param max most instances, not below {@code min}
 */
public record ScalingBounds(WeeklyTime time, int min, int max) {}
