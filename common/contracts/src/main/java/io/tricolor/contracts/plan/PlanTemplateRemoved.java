package io.tricolor.contracts.plan;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** Nothing is begun by this template any more. */
@EventType("plan.template-removed")
public record PlanTemplateRemoved(String groupId, String name, String removedBy, String reason, Instant at)
        implements PlanTemplateEvent {}
