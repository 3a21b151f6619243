package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.IdentitySource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestIdentityTest {

    private static final IdentitySource SOURCE = new IdentitySource(
            List.of("X-User-Id", "X-Account"), List.of("userId", "uid"), List.of("userId", "u"), List.of("sub", "uid"));

    @Test
    void a_header_comes_before_a_cookie_before_a_query_parameter() {
        assertThat(find(Map.of("X-User-Id", "1"), Map.of("userId", "2"), Map.of("userId", "3")))
                .isEqualTo("1");
        assertThat(find(Map.of(), Map.of("userId", "2"), Map.of("userId", "3"))).isEqualTo("2");
        assertThat(find(Map.of(), Map.of(), Map.of("u", "3"))).isEqualTo("3");
        assertThat(find(Map.of(), Map.of(), Map.of())).isEqualTo("none");
    }

    @Test
    void a_claim_comes_before_everything_that_a_client_can_make_up() {
        Map<String, String> header = Map.of("X-User-Id", "1", "sub", "5");
        assertThat(find(Map.of("uid", "9"), header, Map.of(), Map.of())).isEqualTo("9");
        assertThat(find(Map.of("uid", "9", "sub", "8"), header, Map.of(), Map.of()))
                .isEqualTo("8");
        assertThat(find(Map.of("sub", " "), header, Map.of(), Map.of())).isEqualTo("1");
        assertThat(find(Map.of("sub", "x".repeat(300)), header, Map.of(), Map.of()))
                .isEqualTo("none");
        assertThat(RequestIdentity.find(
                        IdentitySource.standard(), name -> "7", name -> null, name -> null, name -> null))
                .as("no claim is asked for")
                .isNull();
    }

    @Test
    void names_are_tried_in_their_order_and_blank_values_are_passed_over() {
        assertThat(find(Map.of("X-Account", "8", "X-User-Id", "7"), Map.of(), Map.of()))
                .isEqualTo("7");
        assertThat(find(Map.of("X-Account", "8", "X-User-Id", " "), Map.of(), Map.of()))
                .isEqualTo("8");
        assertThat(find(Map.of("X-Account", "", "X-User-Id", " "), Map.of("uid", "9"), Map.of()))
                .isEqualTo("9");
    }

    @Test
    void a_value_that_is_too_long_makes_a_request_without_id() {
        assertThat(find(Map.of("X-User-Id", "x".repeat(300)), Map.of("userId", "2"), Map.of()))
                .isEqualTo("none");
    }

    private static String find(Map<String, String> headers, Map<String, String> cookies, Map<String, String> query) {
        return find(Map.of(), headers, cookies, query);
    }

    private static String find(
            Map<String, String> claims,
            Map<String, String> headers,
            Map<String, String> cookies,
            Map<String, String> query) {
        RequestId id = RequestIdentity.find(SOURCE, claims::get, headers::get, cookies::get, query::get);
        return id == null ? "none" : id.text();
    }
}
