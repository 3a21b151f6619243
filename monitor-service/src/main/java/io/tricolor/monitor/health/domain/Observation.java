package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthStatus;
import java.util.SortedMap;

/**
 * What was observed of a subject at one time.
 *
 * @param details what it is based on; never a secret
 */
public record Observation(HealthStatus status, SortedMap<String, String> details) {}
