package io.tricolor.contracts.scaling;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * Facts about the rules by which a group is scaled, stream {@code scaling.<group id>}, on topic
 * {@code tricolor.planning.events.v1}, key group id.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface ScalingEvent permits ScalingRuleSet, ScalingRuleRemoved, ScalingDecided {

    String groupId();
}
