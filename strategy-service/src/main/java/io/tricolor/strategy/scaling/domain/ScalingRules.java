package io.tricolor.strategy.scaling.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.contracts.scaling.ScalingBounds;
import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingEvent;
import io.tricolor.contracts.scaling.ScalingRule;
import io.tricolor.contracts.scaling.ScalingRuleRemoved;
import io.tricolor.contracts.scaling.ScalingRuleSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a group, as their stream tells. Immutable.
 *
 * @param version position of the last event taken in; -1 before the first
 * @param rules by service: the event that made it so
 * @param last what was decided last, by {@code <cluster>/<service>}
 */
public record ScalingRules(
        long version, SortedMap<String, ScalingRuleSet> rules, SortedMap<String, ScalingDecided> last) {

    /** No rule was ever set. */
    public static final ScalingRules NONE =
            new ScalingRules(-1, Collections.emptySortedMap(), Collections.emptySortedMap());

    private static final Pattern NAME = Pattern.compile("[a-z]([a-z0-9-]{0,38}[a-z0-9])?");
    private static final int MAX_RULES = 50;
    private static final int MAX_TIMES = 50;
    private static final int MAX_INSTANCES = 1_000;
    private static final int MAX_PERCENT = 10_000;
    private static final double MAX_REQUESTS = 1_000_000;
    private static final Duration LONGEST_COOLDOWN = Duration.ofHours(1);
    private static final Duration LONGEST_DRAIN = Duration.ofHours(24);

    /** Name of the stream of a group's rules. No group can have that name. */
    public static String streamOf(String groupId) {
        return "scaling." + groupId;
    }

    /** The group whose rules a stream has. */
    public static String groupOf(String stream) {
        return stream.substring("scaling.".length());
    }

    /** What follows; an empty list says that it is so already. */
    List<ScalingEvent> set(String groupId, String service, ScalingRule rule, String actor, String reason, Instant at) {
        require(NAME.matcher(service).matches(), "a service is named by at most 40 lower-case letters, digits, dashes");
        check(rule);
        ScalingRuleSet there = rules.get(service);
        if (there != null && there.rule().equals(rule)) {
            return List.of();
        }
        require(there != null || rules.size() < MAX_RULES, "a group has at most " + MAX_RULES + " scaling rules");
        return List.of(new ScalingRuleSet(groupId, service, rule, actor, reason, at));
    }

    List<ScalingEvent> remove(String groupId, String service, String actor, String reason, Instant at) {
        get(groupId, service);
        return List.of(new ScalingRuleRemoved(groupId, service, actor, reason, at));
    }

    /** Somebody else may have set another rule, or decided, in between. */
    List<ScalingEvent> decided(ScalingDecided decision, long expectedVersion) {
        if (version != expectedVersion) {
            throw new Rejected(
                    Code.VERSION_MISMATCH,
                    "the scaling of " + decision.groupId() + " is at version " + version + ", not " + expectedVersion);
        }
        return List.of(decision);
    }

    /** The rule of that service; SCALING_RULE_NOT_FOUND when there is none. */
    public ScalingRuleSet get(String groupId, String service) {
        ScalingRuleSet rule = rules.get(service);
        if (rule == null) {
            throw new Rejected(
                    Code.SCALING_RULE_NOT_FOUND, "service " + service + " of " + groupId + " has no scaling rule");
        }
        return rule;
    }

    /** What was decided last for a service of a cluster; null: nothing. */
    public @Nullable ScalingDecided lastOf(String cluster, String service) {
        return last.get(cluster + "/" + service);
    }

    /** Refuses a rule that nobody could go by with INVALID_SCALING_RULE. */
    public static void check(ScalingRule rule) {
        checkBounds(rule.min(), rule.max());
        Double requests = rule.requestsPerInstance();
        require(
                requests == null || (requests > 0 && requests <= MAX_REQUESTS),
                "requestsPerInstance is above 0 and at most " + (long) MAX_REQUESTS);
        Integer percent = rule.cpuPercent();
        require(percent == null || (percent >= 1 && percent <= MAX_PERCENT), "cpuPercent is from 1 to " + MAX_PERCENT);
        require(rule.tolerance() >= 0 && rule.tolerance() <= 0.5, "tolerance is from 0 to 0.5");
        checkTime("cooldownUp", rule.cooldownUp(), LONGEST_COOLDOWN);
        checkTime("cooldownDown", rule.cooldownDown(), LONGEST_COOLDOWN);
        checkTime("drainTimeout", rule.drainTimeout(), LONGEST_DRAIN);
        require(rule.drainTimeout().isPositive(), "drainTimeout is above 0");
        require(
                rule.stepUp() >= 1
                        && rule.stepUp() <= MAX_INSTANCES
                        && rule.stepDown() >= 1
                        && rule.stepDown() <= MAX_INSTANCES,
                "stepUp and stepDown are from 1 to " + MAX_INSTANCES);
        require(rule.schedule().size() <= MAX_TIMES, "a schedule has at most " + MAX_TIMES + " times");
        for (ScalingBounds bounds : rule.schedule()) {
            @Nullable WeeklyTime time = bounds.time();
            require(
                    time != null && WeeklyTime.isSound(time),
                    "a time of a schedule has days, from and to as HH:MM, and a zone like Europe/Berlin");
            checkBounds(bounds.min(), bounds.max());
        }
        require(
                requests != null || percent != null || !rule.schedule().isEmpty(),
                "a scaling rule has requestsPerInstance, cpuPercent or a schedule");
    }

    private static void checkBounds(int min, int max) {
        require(
                min >= 1 && min <= max && max <= MAX_INSTANCES,
                "min is at least 1, max not below it and at most " + MAX_INSTANCES);
    }

    private static void checkTime(String name, Duration time, Duration longest) {
        require(!time.isNegative() && time.compareTo(longest) <= 0, name + " is from 0 to " + longest);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new Rejected(Code.INVALID_SCALING_RULE, message);
        }
    }

    /** The rules after an event, which is the next one. */
    public ScalingRules evolve(ScalingEvent event) {
        SortedMap<String, ScalingRuleSet> nextRules = new TreeMap<>(rules);
        SortedMap<String, ScalingDecided> nextLast = new TreeMap<>(last);
        switch (event) {
            case ScalingRuleSet e -> nextRules.put(e.service(), e);
            case ScalingRuleRemoved e -> {
                nextRules.remove(e.service());
                nextLast.values().removeIf(decided -> decided.service().equals(e.service()));
            }
            case ScalingDecided e -> nextLast.put(e.cluster() + "/" + e.service(), e);
        }
        return new ScalingRules(
                version + 1, Collections.unmodifiableSortedMap(nextRules), Collections.unmodifiableSortedMap(nextLast));
    }
}
