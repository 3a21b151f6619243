package io.tricolor.kit.trace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

/** The rules of W3C Trace Context, level 1, section 3.2. */
class TraceParentTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String IDS = TRACE + "-00f067aa0ba902b7";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-" + IDS + "-01",
                "00-" + IDS + "-ff",
                "01-" + IDS + "-01",
                "cc-" + IDS + "-01-what-the-future-brings",
                "fe-" + IDS + "-03-"
            })
    void takes_this_version_and_later_ones(String header) {
        assertThat(TraceParent.parse(header)).hasValueSatisfying(parent -> {
            assertThat(parent.traceId()).isEqualTo(TRACE);
            assertThat(parent.parentId()).isEqualTo("00f067aa0ba902b7");
            assertThat(parent.sampled()).isTrue();
            assertThat(parent.header()).isEqualTo("00-" + IDS + "-01");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "ff-" + IDS + "-01",
                "00-" + IDS + "-01-more",
                "00-" + IDS + "-01-",
                "01-" + IDS + "-01more",
                "00-" + IDS + "-1",
                "00-" + IDS + "-0x",
                "0-" + IDS + "-01",
                "00-" + IDS + "_01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
                "00-" + TRACE + "-00f067aa0ba902b-01",
                " 00-" + IDS + "-01",
                "０0-" + IDS + "-01"
            })
    void begins_a_new_trace_at_what_is_not_valid(String header) {
        assertThat(TraceParent.parse(header)).isEmpty();
    }

    @Test
    void keeps_the_sampled_flag_and_no_other() {
        assertThat(TraceParent.parse("00-" + IDS + "-00").orElseThrow().header())
                .isEqualTo("00-" + IDS + "-00");
        assertThat(TraceParent.parse("00-" + IDS + "-fe").orElseThrow().header())
                .isEqualTo("00-" + IDS + "-00");
        assertThat(TraceParent.parse("00-" + IDS + "-03").orElseThrow().header())
                .isEqualTo("00-" + IDS + "-01");
    }

    @Test
    void a_request_hands_on_its_trace_with_a_span_of_its_own() {
        MockServerWebExchange exchange = exchange("00-" + IDS + "-00");
        assertThat(Traces.idOf(exchange)).isEqualTo(TRACE);
        assertThat(Traces.parentOf(exchange))
                .matches("00-" + TRACE + "-[0-9a-f]{16}-00")
                .isNotEqualTo("00-" + IDS + "-00")
                .isEqualTo(Traces.parentOf(exchange));
    }

    @Test
    void a_request_with_two_parents_or_none_begins_a_trace() {
        assertThat(Traces.idOf(exchange("00-" + IDS + "-01", "00-" + IDS + "-01")))
                .isNotEqualTo(TRACE)
                .matches("[0-9a-f]{32}");
        assertThat(Traces.parentOf(exchange())).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    }

    private static MockServerWebExchange exchange(String... parents) {
        return MockServerWebExchange.from(MockServerHttpRequest.get("/").header(TraceParent.HEADER, parents));
    }
}
