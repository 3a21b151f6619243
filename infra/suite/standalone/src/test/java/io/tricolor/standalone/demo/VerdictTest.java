package io.tricolor.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class VerdictTest {

    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final Map<String, String> VERSIONS = Map.of("A", "1", "B", "2");
    private static final String A_ALL = """
            {"A":{"status":"GREEN","id":{"all":true}},"B":{"status":"RED","id":{"all":false}}}""";
    private static final String LISTED = """
            {"A":{"status":"GREEN","id":{"all":true}},
             "B":{"status":"YELLOW","id":{"all":false,"ids":["1","vip"],"intervals":[["600","700"]]}}}""";
    private static final String B_ALL = """
            {"A":{"status":"RED","id":{"all":false}},"B":{"status":"GREEN","id":{"all":true}}}""";

    /** A serves; at 10 the rule is commanded, at 12 confirmed; at 20 the exchange, at 22 confirmed. */
    private final Timeline timeline = Timeline.of(
            List.of(table(1, A_ALL, 0), routed(1), table(2, LISTED, 10), routed(12), table(3, B_ALL, 20), routed(22)));

    @Test
    void sends_the_listed_users_to_yellow_and_all_others_to_green() {
        Rule rule = Rule.of(json(LISTED));
        assertThat(rule.allowed("1")).containsExactly("B");
        assertThat(rule.allowed("600")).containsExactly("B");
        assertThat(rule.allowed("700")).containsExactly("B");
        assertThat(rule.allowed("vip")).containsExactly("B");
        assertThat(rule.allowed("599")).containsExactly("A");
        assertThat(rule.allowed("701")).containsExactly("A");
        assertThat(rule.allowed("0650")).containsExactly("A");
        assertThat(rule.allowed(null)).containsExactly("A");
    }

    @Test
    void allows_both_rules_between_command_and_confirmation_only() {
        assertThat(allowed("1", 9, 9.9)).containsExactly("A");
        assertThat(allowed("1", 10, 11)).containsExactly("A", "B");
        assertThat(allowed("1", 9, 10.5)).as("under way when it was commanded").containsExactly("A", "B");
        assertThat(allowed("1", 12.1, 13)).containsExactly("B");
        assertThat(allowed("5", 12.1, 13)).containsExactly("A");
        assertThat(allowed("5", 21, 21.5)).containsExactly("A", "B");
        assertThat(allowed("5", 22.1, 23)).containsExactly("B");
    }

    @Test
    void takes_a_table_made_by_hand_for_gone_with_the_next_one_that_all_have() {
        Timeline byHand = Timeline.of(
                List.of(table(1, A_ALL, 0), routed(1), table(2, LISTED, 10), table(3, B_ALL, 20), routed(22)));
        assertThat(byHand.allowed("5", START.plusSeconds(15), START.plusSeconds(16)))
                .containsExactly("A");
        assertThat(byHand.allowed("5", START.plusSeconds(23), START.plusSeconds(24)))
                .containsExactly("B");
    }

    @Test
    void counts_what_failed_and_what_was_answered_by_the_wrong_cluster_or_release() {
        Verdict verdict = Verdict.of(
                timeline,
                VERSIONS,
                List.of(
                        exchange("1", 13, 200, "B", "B", "2"),
                        exchange("5", 13, 200, "A", "A", "1"),
                        exchange("5", 13, 200, "B", "B", "2"),
                        exchange("1", 13, 200, "B", "B", "1"),
                        exchange("1", 13, 200, "A", "B", "2"),
                        exchange("5", 23, 200, "A", "A", "1"),
                        exchange("5", 13, 503, null, null, null),
                        exchange("5", 13, 0, null, null, null)));
        assertThat(verdict.misrouted()).isEqualTo(4);
        assertThat(verdict.failed()).isEqualTo(2);
        assertThat(verdict.examples()).hasSize(5);
    }

    @Test
    void tells_the_users_of_a_span_by_cluster() {
        Map<String, java.util.Set<String>> users = Verdict.usersByCluster(
                List.of(
                        exchange("1", 13, 200, "B", "B", "2"),
                        exchange("5", 14, 200, "A", "A", "1"),
                        exchange("6", 19.999, 200, "A", "A", "1"),
                        exchange(null, 14, 200, "A", "A", "1")),
                at(12),
                at(20));
        assertThat(users).isEqualTo(Map.of("A", java.util.Set.of("5"), "B", java.util.Set.of("1")));
    }

    @Test
    void reads_members_of_the_sample_answer() {
        String answer = "{\"version\":\"1.0\",\"cluster\":\"A\",\"userId\":null}";
        assertThat(Traffic.member(answer, "cluster")).isEqualTo("A");
        assertThat(Traffic.member(answer, "userId")).isNull();
    }

    @Test
    void takes_quantiles_of_sorted_values() {
        assertThat(Quantile.of(List.of(), 0.5)).isZero();
        assertThat(Quantile.of(List.of(1.0, 2.0, 3.0, 4.0), 0.5)).isEqualTo(2.0);
        assertThat(Quantile.of(List.of(1.0, 2.0, 3.0, 4.0), 0.99)).isEqualTo(4.0);
    }

    private java.util.Set<String> allowed(String user, double from, double until) {
        return timeline.allowed(user, at(from), at(until));
    }

    private static Exchange exchange(
            @Nullable String user,
            double at,
            int status,
            @Nullable String cluster,
            @Nullable String appCluster,
            @Nullable String version) {
        return new Exchange(at(at), Duration.ofMillis(5), "GET", user, status, cluster, appCluster, version, null);
    }

    private static JsonNode table(long version, String strategies, double at) {
        return json("{\"type\":\"cluster-group.route-strategies-changed\",\"event\":{\"tableVersion\":" + version
                + ",\"at\":\"" + at(at) + "\",\"strategies\":" + strategies + "}}");
    }

    private static JsonNode routed(double at) {
        return json("{\"type\":\"cluster-group.upgrade-step-completed\",\"event\":{\"kind\":\"ROUTE\",\"at\":\""
                + at(at) + "\"}}");
    }

    private static JsonNode json(String text) {
        return JsonMapper.builder().build().readTree(text);
    }

    private static Instant at(double seconds) {
        return START.plusMillis(Math.round(seconds * 1000));
    }
}
