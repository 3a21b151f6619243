package io.tricolor.contracts.scaling;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** The service is not scaled by a rule any more; its instances stay as they are. */
@EventType("scaling.rule-removed")
public record ScalingRuleRemoved(String groupId, String service, String removedBy, String reason, Instant at)
        implements ScalingEvent {}
