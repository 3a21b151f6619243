package io.tricolor.contracts.health;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** Facts about health, on topic {@code tricolor.monitor.health.v1}, key subject id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface HealthEvent permits HealthChanged, HealthForgotten {

    /** What it is about, for example {@code service/strategy-service/127.0.0.1:8401} or {@code registry/consul}. */
    String subjectId();

    /** Position among the facts of the subject, from 0, rises by one. */
    long sequence();
}
