package io.tricolor.contracts.snapshot;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** The newest state of something, on a compacted topic; key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface StateSnapshot permits ClusterGroupSnapshot {

    String groupId();
}
