package io.tricolor.contracts.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** Facts about the templates of a group, on topic {@code tricolor.planning.events.v1}, key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface PlanTemplateEvent permits PlanTemplateSet, PlanTemplateRemoved {

    /** The group whose templates they are; the stream is {@code templates.<group id>}. */
    String groupId();
}
