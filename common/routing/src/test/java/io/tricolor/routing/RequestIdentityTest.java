package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.IdentitySource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestIdentityTest {

    private static final IdentitySource SOURCE =
            new IdentitySource(List.of("X-User-Id", "X-Account"), List.of("userId", "uid"), List.of("userId", "u"));

    @Test
    void a_header_comes_before_a_cookie_before_a_query_parameter() {
        assertThat(find(Map.of("X-User-Id", "1"), Map.of("userId", "2"), Map.of("userId", "3")))
                .isEqualTo("1");
        assertThat(find(Map.of(), Map.of("userId", "2"), Map.of("userId", "3"))).isEqualTo("2");
        assertThat(find(Map.of(), Map.of(), Map.of("u", "3"))).isEqualTo("3");
        assertThat(find(Map.of(), Map.of(), Map.of())).isEqualTo("none");
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
        RequestId id = RequestIdentity.find(SOURCE, headers::get, cookies::get, query::get);
        return id == null ? "none" : id.text();
    }
}
