package io.tricolor.contracts.scaling;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** From now on a service of the group is scaled by this rule, in place of the one that it may have had. */
@EventType("scaling.rule-set")
public record ScalingRuleSet(String groupId, String service, ScalingRule rule, String setBy, String reason, Instant at)
        implements ScalingEvent {}
