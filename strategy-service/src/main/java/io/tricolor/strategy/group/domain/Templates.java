package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.plan.PlanTemplate;
import io.tricolor.contracts.plan.PlanTemplateEvent;
import io.tricolor.contracts.plan.PlanTemplateRemoved;
import io.tricolor.contracts.plan.PlanTemplateSet;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The plan templates of a group, as their stream tells. Immutable.
 *
 * @param version position of the last event taken in; -1 before the first
 * @param present what there is, by name: the event that made it so
 * @param counts how many versions there have been of each name, of removed ones too
 */
public record Templates(long version, SortedMap<String, PlanTemplateSet> present, SortedMap<String, Integer> counts) {

    /** No template was ever set. */
    public static final Templates NONE = new Templates(-1, Collections.emptySortedMap(), Collections.emptySortedMap());

    private static final int MAX_TEMPLATES = 50;
    private static final int MAX_NAMES = 500;

    /** Name of the stream of a group's templates. No group can have that name. */
    public static String streamOf(String groupId) {
        return "templates." + groupId;
    }

    /** What follows; an empty list says that it is so already. */
    List<PlanTemplateEvent> set(
            String groupId, String name, PlanTemplate template, String reason, DecisionContext context) {
        require(
                Checks.NAME.matcher(name).matches(),
                "the name of a template is at most 40 lower-case letters, digits and dashes");
        check(template);
        expect(name, context);
        PlanTemplateSet there = present.get(name);
        if (there != null && there.template().equals(template)) {
            return List.of();
        }
        require(there != null || present.size() < MAX_TEMPLATES, "a group has at most " + MAX_TEMPLATES + " templates");
        require(
                counts.containsKey(name) || counts.size() < MAX_NAMES,
                "a group has had " + MAX_NAMES + " names of templates; take one of them again");
        int next = counts.getOrDefault(name, 0) + 1;
        return List.of(new PlanTemplateSet(groupId, name, next, template, context.actor(), reason, context.at()));
    }

    List<PlanTemplateEvent> remove(String groupId, String name, String reason, DecisionContext context) {
        if (!present.containsKey(name)) {
            throw notFound(groupId, name);
        }
        expect(name, context);
        return List.of(new PlanTemplateRemoved(groupId, name, context.actor(), reason, context.at()));
    }

    private void expect(String name, DecisionContext context) {
        PlanTemplateSet there = present.get(name);
        int version = there == null ? 0 : there.version();
        if (context.expectedVersion() != null && context.expectedVersion() != version) {
            throw new Rejected(
                    Code.VERSION_MISMATCH,
                    there == null
                            ? "there is no template " + name + ", not one at version " + context.expectedVersion()
                            : "template " + name + " is at version " + version + ", not " + context.expectedVersion());
        }
    }

    /** The version that a template of that name would be at once it was {@link #set}; refused as that would be. */
    public int versionWith(String groupId, String name, PlanTemplate template, String reason, DecisionContext context) {
        Templates after = this;
        for (PlanTemplateEvent event : set(groupId, name, template, reason, context)) {
            after = after.evolve(event);
        }
        return after.get(groupId, name).version();
    }

    /** The template of that name; TEMPLATE_NOT_FOUND when there is none. */
    public PlanTemplateSet get(String groupId, String name) {
        PlanTemplateSet there = present.get(name);
        if (there == null) {
            throw notFound(groupId, name);
        }
        return there;
    }

    /** There is no such template, or no such version of it. */
    public static Rejected notFound(String groupId, String name) {
        return new Rejected(Code.TEMPLATE_NOT_FOUND, groupId + " has no template " + name);
    }

    private static void check(PlanTemplate template) {
        UpgradeMode mode = template.mode();
        require(
                mode == UpgradeMode.GRAYSCALE || mode == UpgradeMode.SWITCH || mode == UpgradeMode.ROLLING,
                "the mode of a template is GRAYSCALE, SWITCH or ROLLING");
        require(
                mode == UpgradeMode.GRAYSCALE || template.stages().isEmpty(),
                mode + " moves everybody at once: it has no stages");
        RollingPolicy rolling = template.rolling();
        require(mode == UpgradeMode.ROLLING || rolling == null, mode + " does not go instance by instance");
        Checks.policy(template.policy());
        Checks.stages(template.stages());
        if (rolling != null) {
            Checks.rolling(rolling);
        }
    }

    private static void require(boolean holds, String message) {
        Checks.require(holds, Code.INVALID_TEMPLATE, message);
    }

    /** The templates after an event, which is the next one. */
    public Templates evolve(PlanTemplateEvent event) {
        SortedMap<String, PlanTemplateSet> next = new TreeMap<>(present);
        SortedMap<String, Integer> counted = new TreeMap<>(counts);
        switch (event) {
            case PlanTemplateSet e -> {
                next.put(e.name(), e);
                counted.put(e.name(), e.version());
            }
            case PlanTemplateRemoved e -> next.remove(e.name());
        }
        return new Templates(
                version + 1, Collections.unmodifiableSortedMap(next), Collections.unmodifiableSortedMap(counted));
    }
}
