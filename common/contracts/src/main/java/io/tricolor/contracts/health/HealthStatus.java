package io.tricolor.contracts.health;

/** Health of a subject. */
public enum HealthStatus {
    UP,
    DOWN,
    /** Cannot be told: no data, or data too old. Never to be taken for UP. */
    UNKNOWN
}
