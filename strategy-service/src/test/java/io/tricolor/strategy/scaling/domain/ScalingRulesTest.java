package io.tricolor.strategy.scaling.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingEvent;
import io.tricolor.contracts.scaling.ScalingRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScalingRulesTest {

    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    private static ScalingRule rule(int min, int max, double requests, double tolerance, int stepUp, int drain) {
        return new ScalingRule(
                min,
                max,
                requests,
                null,
                tolerance,
                Duration.ZERO,
                Duration.ZERO,
                stepUp,
                1,
                Duration.ofSeconds(drain),
                List.of());
    }

    private static final ScalingRule RULE = rule(1, 4, 10, 0.1, 1, 30);

    private static ScalingRules after(ScalingRules rules, List<ScalingEvent> events) {
        ScalingRules next = rules;
        for (ScalingEvent event : events) {
            next = next.evolve(event);
        }
        return next;
    }

    private static ScalingRules set(ScalingRules rules, String service, ScalingRule rule) {
        return after(rules, rules.set("shop", service, rule, "olga", "why", NOW));
    }

    private static void assertRefused(Code code, ThrowingCallable asked) {
        assertThatThrownBy(asked)
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(code));
    }

    private static ScalingDecided decided(String cluster) {
        return new ScalingDecided("shop", "web", cluster, 1, 2, 7, "why", new TreeMap<>(), NOW);
    }

    @Test
    void has_one_rule_a_service_and_the_same_one_again_is_nothing_new() {
        ScalingRules rules = set(set(ScalingRules.NONE, "web", RULE), "cart", RULE);
        assertThat(rules.version()).isEqualTo(1);
        assertThat(rules.set("shop", "web", RULE, "otto", "again", NOW)).isEmpty();
        assertThat(set(rules, "web", rule(2, 4, 10, 0.1, 1, 30))
                        .get("shop", "web")
                        .rule()
                        .min())
                .isEqualTo(2);
        ScalingRules fewer = after(rules, rules.remove("shop", "web", "olga", "by hand", NOW));
        assertThat(fewer.rules()).containsOnlyKeys("cart");
        assertRefused(Code.SCALING_RULE_NOT_FOUND, () -> fewer.remove("shop", "web", "olga", "by hand", NOW));
    }

    @Test
    void records_a_decision_only_on_the_rules_that_it_was_decided_by() {
        ScalingRules rules = set(ScalingRules.NONE, "web", RULE);
        ScalingRules after = after(rules, rules.decided(decided("A"), 0));
        assertThat(after.lastOf("A", "web")).isEqualTo(decided("A"));
        assertThat(after.lastOf("B", "web")).isNull();
        assertRefused(Code.VERSION_MISMATCH, () -> after.decided(decided("B"), 0));
        assertThat(after(after, after.remove("shop", "web", "olga", "by hand", NOW))
                        .lastOf("A", "web"))
                .as("another rule begins anew")
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 10, 0.1, 1, 30",
        "5, 4, 10, 0.1, 1, 30",
        "1, 1001, 10, 0.1, 1, 30",
        "1, 4, 0, 0.1, 1, 30",
        "1, 4, NaN, 0.1, 1, 30",
        "1, 4, 10, -0.1, 1, 30",
        "1, 4, 10, 0.6, 1, 30",
        "1, 4, 10, 0.1, 0, 30",
        "1, 4, 10, 0.1, 1, 0",
        "1, 4, 10, 0.1, 1, 86401",
    })
    void refuses_what_nobody_could_go_by(int min, int max, double requests, double tolerance, int step, int drain) {
        assertRefused(
                Code.INVALID_SCALING_RULE,
                () -> set(ScalingRules.NONE, "web", rule(min, max, requests, tolerance, step, drain)));
    }

    @Test
    void refuses_a_rule_that_goes_by_nothing_and_a_name_that_no_service_has() {
        ScalingRule nothing = new ScalingRule(
                1, 4, null, null, 0.1, Duration.ZERO, Duration.ZERO, 1, 1, Duration.ofSeconds(30), List.of());
        assertRefused(Code.INVALID_SCALING_RULE, () -> set(ScalingRules.NONE, "web", nothing));
        assertRefused(Code.INVALID_SCALING_RULE, () -> set(ScalingRules.NONE, "We b", RULE));
    }
}
