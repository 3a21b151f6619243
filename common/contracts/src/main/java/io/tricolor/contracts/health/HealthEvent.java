package io.tricolor.contracts.health;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** Facts about health, on topic {@code tricolor.monitor.health.v1}, key subject id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface HealthEvent permits HealthChanged {

    /** What it is about, for example {@code service/strategy-service/127.0.0.1:8401} or {@code drain/shop/A}. */
    String subjectId();
}
