package io.tricolor.contracts.load;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What monitor-service answers, on topic {@code tricolor.monitor.observations.v1}, key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface LoadObservation permits LoadObserved {

    String groupId();
}
