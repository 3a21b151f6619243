package io.tricolor.monitor.gate.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.monitor.gate.domain.RouterCounters.Counts;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RouterCountersTest {

    private static final String GATEWAY = """
            # TYPE tricolor_gateway_requests_total counter
            tricolor_gateway_requests_total{group="shop",service="web",cluster="A",status="2xx",} 90.0
            tricolor_gateway_requests_total{group="shop",service="web",cluster="A",status="4xx",} 5.0
            tricolor_gateway_requests_total{group="shop",service="web",cluster="A",status="5xx",} 3.0
            tricolor_gateway_requests_total{group="shop",service="web",cluster="A",status="aborted",} 7.0
            tricolor_gateway_requests_total{group="shop",service="cart",cluster="A",status="5xx",} 1.0
            tricolor_gateway_requests_total{group="other",service="web",cluster="A",status="5xx",} 1000.0
            tricolor_gateway_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="0.1",} 80.0
            tricolor_gateway_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="30.0",} 100.0
            tricolor_gateway_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="+Inf",} 105.0
            tricolor_gateway_requests_created{group="shop",service="web",cluster="A",status="5xx",} 1.0
            process_start_time_seconds 1.768485599E9
            """;

    private static final String NGINX = """
            tricolor_nginx_requests_total{group="shop",service="web",cluster="A",status="2xx"} 12
            tricolor_nginx_requests_total{group="shop",service="web",cluster="A",status="5xx"} 2
            tricolor_nginx_requests_total{group="shop",service="web",cluster="A",status="broken
            tricolor_nginx_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="0.1"} 13
            tricolor_nginx_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="+Inf"} 14
            tricolor_nginx_start_time_seconds 1768485599.123
            """;

    @Test
    void are_read_from_both_kinds_of_routers() {
        RouterCounters gateway = RouterCounters.read(GATEWAY, Set.of("shop"));
        Counts ofBoth = gateway.of("shop", Set.of("web", "cart"), "A");
        assertThat(ofBoth.answered()).isEqualTo(99);
        assertThat(ofBoth.errors()).isEqualTo(4);
        assertThat(ofBoth.timed()).isEqualTo(105);
        assertThat(ofBoth.slowerThan(0.1)).isEqualTo(25);
        assertThat(gateway.started()).isEqualTo(1_768_485_599.0);
        assertThat(gateway.of("other", Set.of("web"), "A")).isEqualTo(Counts.NONE);

        RouterCounters nginx = RouterCounters.read(NGINX, Set.of("shop"));
        Counts web = nginx.of("shop", Set.of("web"), "A");
        assertThat(web.answered()).isEqualTo(14);
        assertThat(web.errors()).isEqualTo(2);
        assertThat(web.slowerThan(0.1)).isEqualTo(1);
        assertThat(nginx.started()).isEqualTo(1_768_485_599.123);
    }

    @Test
    void cohorts_are_told_apart_from_all_requests_and_their_absence_from_none() {
        assertThat(RouterCounters.read(GATEWAY, Set.of("shop")).countsCohorts()).isFalse();
        RouterCounters both = RouterCounters.read(GATEWAY + """
                # TYPE tricolor_gateway_cohort_requests_total counter
                tricolor_gateway_cohort_requests_total{group="shop",service="web",cluster="A",cohort="control",status="5xx",} 2.0
                tricolor_gateway_cohort_request_duration_seconds_bucket{group="shop",service="web",cluster="A",cohort="control",le="0.1",} 6.0
                tricolor_gateway_cohort_request_duration_seconds_bucket{group="shop",service="web",cluster="A",cohort="control",le="+Inf",} 9.0
                """, Set.of("shop"));
        assertThat(both.countsCohorts()).isTrue();
        assertThat(both.of("shop", Set.of("web", "cart"), "A").answered()).isEqualTo(99);
        Counts control = both.of("shop", Set.of("web"), "A", RouterCounters.CONTROL);
        assertThat(control.answered()).isEqualTo(2);
        assertThat(control.errors()).isEqualTo(2);
        assertThat(control.timed()).isEqualTo(9);
        assertThat(control.slowerThan(0.1)).isEqualTo(3);
        assertThat(both.of("shop", Set.of("web"), "A", RouterCounters.CANARY)).isEqualTo(Counts.NONE);
    }

    @Test
    void of_a_page_that_says_nothing_are_nothing() {
        RouterCounters none = RouterCounters.read("", Set.of("shop"));
        assertThat(none.clusters()).isEmpty();
        assertThat(none.started()).isNaN();
        assertThat(none.of("shop", Set.of("web"), "A").slowerThan(1)).isZero();
    }
}
