package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthStatus;
import java.util.SortedMap;

/**
 * What one look at a subject showed.
 *
 * @param details what it is based on; never a secret
 */
public record Sighting(HealthStatus status, SortedMap<String, String> details) {}
