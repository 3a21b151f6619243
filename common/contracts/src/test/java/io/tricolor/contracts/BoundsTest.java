package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.ServiceManifest;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundsTest {

    private static final String SHA = "0123456789abcdef".repeat(4);

    @Test
    void an_interval_has_its_ends_inside_and_may_be_one_id_wide() {
        IdInterval interval = new IdInterval(-3, 7);
        assertThat(interval.contains(-3)).isTrue();
        assertThat(interval.contains(7)).isTrue();
        assertThat(interval.contains(-4)).isFalse();
        assertThat(interval.contains(8)).isFalse();
        assertThat(new IdInterval(5, 5).contains(5)).isTrue();
        assertThat(new IdInterval(Long.MIN_VALUE, Long.MAX_VALUE).contains(Long.MIN_VALUE))
                .isTrue();
    }

    @Test
    void an_interval_is_not_reversed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdInterval(2, 1))
                .withMessageContaining("reversed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[\"1\"]", "[\"1\",\"2\",\"3\"]", "[\"1\",\"x\"]", "[\"\",\"2\"]", "[\"2\",\"1\"]"})
    void an_interval_is_read_only_from_two_ordered_ends(String json) {
        assertThatThrownBy(() -> Published.JSON.readValue(json, IdInterval.class))
                .hasMessageMatching("(?s).*(two ends|int64 interval end|reversed).*");
    }

    @Test
    void a_rule_holds_a_thousand_ids_and_no_more() {
        assertThat(new IdRule(false, Collections.nCopies(1_000, "7"), List.of(), null).ids())
                .hasSize(IdRule.MAX_IDS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdRule(false, Collections.nCopies(1_001, "7"), List.of(), null))
                .withMessageContaining("at most 1000 ids");
    }

    @Test
    void a_rule_holds_ten_thousand_intervals_and_no_more() {
        IdInterval interval = new IdInterval(1, 2);
        assertThat(new IdRule(false, List.of(), Collections.nCopies(10_000, interval), null).intervals())
                .hasSize(IdRule.MAX_INTERVALS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdRule(false, List.of(), Collections.nCopies(10_001, interval), null))
                .withMessageContaining("at most 10000 intervals");
    }

    @Test
    void an_identity_without_claims_is_written_as_before_there_were_any() {
        assertThat(Published.JSON.writeValueAsString(IdentitySource.standard()))
                .isEqualTo("{\"headers\":[\"X-User-Id\"],\"cookies\":[\"userId\"],\"queryParameters\":[\"userId\"]}");
        assertThat(Published.JSON.readValue("{\"claims\":[\"sub\"]}", IdentitySource.class))
                .isEqualTo(new IdentitySource(List.of(), List.of(), List.of(), List.of("sub")));
    }

    @Test
    void a_rule_refers_to_sixteen_lists_and_no_more_and_to_none_twice() {
        List<IdList> lists = IntStream.range(0, 17)
                .mapToObj(i -> new IdList(String.format(Locale.ROOT, "%064x", i), 1))
                .toList();
        assertThat(new IdRule(false, List.of(), List.of(), null, lists.subList(0, 16)).idLists())
                .hasSize(IdRule.MAX_ID_LISTS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdRule(false, List.of(), List.of(), null, lists))
                .withMessageContaining("at most 16 id lists");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new IdRule(false, List.of(), List.of(), null, List.of(new IdList(SHA, 1), new IdList(SHA, 2))))
                .withMessageContaining("twice");
    }

    @Test
    void a_list_is_named_by_its_content_and_has_at_most_ten_million_ids() {
        assertThat(new IdList(SHA, 10_000_000).bytes()).isEqualTo(80_000_000L);
        assertThatIllegalArgumentException().isThrownBy(() -> new IdList(SHA, 10_000_001));
        assertThatIllegalArgumentException().isThrownBy(() -> new IdList(SHA, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new IdList(SHA.toUpperCase(Locale.ROOT), 1));
        assertThatThrownBy(() -> Published.JSON.readValue("{\"count\": 1}", IdList.class))
                .hasMessageContaining("sha256");
    }

    @Test
    void a_list_of_intervals_is_as_long_as_one_of_ids_and_says_what_it_is() {
        IdList longest = new IdList(SHA, 5_000_000, IdList.Kind.INTERVALS);
        assertThat(longest.bytes()).isEqualTo(new IdList(SHA, 10_000_000).bytes());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdList(SHA, 5_000_001, IdList.Kind.INTERVALS))
                .withMessageContaining("from 1 to 5000000 intervals");
        assertThat(Published.JSON.writeValueAsString(longest))
                .isEqualTo("{\"sha256\":\"" + SHA + "\",\"count\":5000000,\"kind\":\"intervals\"}");
        assertThat(Published.JSON.readValue("{\"sha256\":\"" + SHA + "\",\"count\":1,\"kind\":\"ids\"}", IdList.class))
                .isEqualTo(Published.JSON.readValue("{\"sha256\":\"" + SHA + "\",\"count\":1}", IdList.class));
        assertThatThrownBy(() -> Published.JSON.readValue(
                        "{\"sha256\":\"" + SHA + "\",\"count\":1,\"kind\":\"floats\"}", IdList.class))
                .hasMessageContaining("floats");
        // The same bytes may be read in both ways.
        assertThat(new IdRule(
                                false,
                                List.of(),
                                List.of(),
                                null,
                                List.of(new IdList(SHA, 2), new IdList(SHA, 1, IdList.Kind.INTERVALS)))
                        .idLists())
                .hasSize(2);
    }

    @Test
    void a_rule_without_lists_is_written_as_before_there_were_any() {
        assertThat(Published.JSON.writeValueAsString(IdRule.nobody()))
                .isEqualTo("{\"all\":false,\"ids\":[],\"intervals\":[]}");
        IdRule listed = new IdRule(false, List.of(), List.of(), null, List.of(new IdList(SHA, 3)));
        assertThat(Published.JSON.writeValueAsString(listed))
                .isEqualTo("{\"all\":false,\"ids\":[],\"intervals\":[],\"idLists\":[{\"sha256\":\"" + SHA
                        + "\",\"count\":3}]}");
        assertThat(listed.matchesNobody()).isFalse();
    }

    @Test
    void the_schema_has_the_bounds_of_the_rule() {
        var properties = Published.schema("defs.v1").at("/$defs/IdRule/properties");
        assertThat(properties.at("/ids/maxItems").asInt()).isEqualTo(IdRule.MAX_IDS);
        assertThat(properties.at("/intervals/maxItems").asInt()).isEqualTo(IdRule.MAX_INTERVALS);
        assertThat(properties.at("/idLists/maxItems").asInt()).isEqualTo(IdRule.MAX_ID_LISTS);
        assertThat(Published.schema("defs.v1")
                        .at("/$defs/IdList/properties/count/maximum")
                        .asInt())
                .isEqualTo(IdList.MAX_COUNT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.01", "12.5", "99.99", "100", "100.00"})
    void a_share_is_kept_with_two_decimals(String percent) {
        assertThat(rule(percent).percent()).isEqualTo(new BigDecimal(percent).setScale(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.01", "100.01", "0.001", "1e3"})
    void a_share_outside_of_the_bounds_is_refused(String percent) {
        assertThatIllegalArgumentException().isThrownBy(() -> rule(percent)).withMessageContaining("percent");
    }

    @Test
    void a_rule_that_names_nothing_matches_nobody() {
        assertThat(Published.JSON.readValue("{}", IdRule.class)).isEqualTo(IdRule.nobody());
        assertThat(IdRule.nobody().matchesNobody()).isTrue();
        assertThat(rule("0").matchesNobody()).isTrue();
        assertThat(rule("0.01").matchesNobody()).isFalse();
        assertThat(IdRule.everybody().matchesNobody()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "latest", "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"})
    void a_file_is_pinned_by_the_hash_of_its_content(String sha256) {
        assertThat(new Artifact.File("file:/x.jar", SHA).sha256()).isEqualTo(SHA);
        assertThatIllegalArgumentException().isThrownBy(() -> new Artifact.File("file:/x.jar", sha256));
    }

    @ParameterizedTest
    @ValueSource(strings = {"latest", "1.2.3", "sha512:00", "sha256:", "SHA256:00"})
    void an_image_is_pinned_by_its_digest(String digest) {
        assertThat(new Artifact.Image("shop/cart", "sha256:" + SHA).digest()).endsWith(SHA);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Artifact.Image("shop/cart", digest))
                .withMessageContaining("by digest");
    }

    @Test
    void a_service_that_says_little_gets_the_standard() {
        ServiceManifest service = Published.JSON.readValue("""
                {"name": "web", "artifact": {"type": "file", "uri": "file:/web.jar", "sha256": "%s"}}
                """.formatted(SHA), ServiceManifest.class);
        assertThat(service.args()).isEmpty();
        assertThat(service.env()).isEmpty();
        assertThat(service.instances()).isNull();
        assertThat(service.cpus()).isEqualTo(0.1);
        assertThat(service.memoryMiB()).isEqualTo(128);
        assertThat(service.healthCheck()).isEqualTo(HealthCheck.standard());
    }

    @Test
    void a_metric_gate_that_says_little_gets_the_standard() {
        Gate read = Published.JSON.readValue("{\"type\": \"metric\", \"name\": \"errors\"}", Gate.class);
        assertThat(read).isEqualTo(new Gate.Metric("errors"));
        assertThat(read).isEqualTo(new Gate.Metric("errors", Gate.Measure.ERRORS, 1.25, 0.01, 100, null, false));
        assertThat(Published.JSON.writeValueAsString(read))
                .isEqualTo("{\"type\":\"metric\",\"name\":\"errors\",\"measure\":\"ERRORS\",\"toleratedRatio\":1.25,"
                        + "\"alpha\":0.01,\"minimumRequests\":100,\"watch\":false}");
    }

    @Test
    void the_standard_health_check_is_within_its_own_bounds() {
        HealthCheck check = HealthCheck.standard();
        assertThat(check.path()).startsWith("/");
        assertThat(check.interval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(check.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(check.gracePeriod()).isEqualTo(Duration.ofSeconds(60));
        assertThat(check.maxConsecutiveFailures()).isEqualTo(3);
    }

    private static IdRule rule(String percent) {
        return new IdRule(false, List.of(), List.of(), new BigDecimal(percent));
    }
}
