package io.tricolor.contracts.plan;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A template has this content from now on; upgrades that run are as they were.
 *
 * @param name lower-case letters, digits and dashes
 * @param version from 1, of this name; also counted on after it was removed
 */
@EventType("plan.template-set")
public record PlanTemplateSet(
        String groupId, String name, int version, PlanTemplate template, String setBy, String reason, Instant at)
        implements PlanTemplateEvent {}
