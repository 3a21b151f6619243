package io.tricolor.monitor.drain.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.monitor.drain.domain.DrainCheck.Counted;
import org.junit.jupiter.api.Test;

class RouterPagesTest {

    private static final String PAGE = """
            # TYPE tricolor_gateway_requests_in_flight gauge
            tricolor_gateway_requests_in_flight{group="shop",cluster="A",} 2.0
            tricolor_gateway_requests_in_flight{group="shop",cluster="A",worker="1"} 1
            tricolor_gateway_requests_in_flight{cluster="B",group="shop"} 5.0
            tricolor_gateway_requests_in_flight{group="other",cluster="A",} 7.0
            tricolor_gateway_requests_total{group="shop",cluster="A",} 99.0
            """;

    @Test
    void sums_the_series_of_the_cluster() {
        assertThat(RouterPages.read(PAGE, "shop", "A")).isEqualTo(new Counted(3, null));
        assertThat(RouterPages.read(PAGE, "shop", "B")).isEqualTo(new Counted(5, null));
    }

    @Test
    void cluster_without_a_series_is_at_zero_when_the_group_has_some() {
        assertThat(RouterPages.read(PAGE, "shop", "C")).isEqualTo(new Counted(0, null));
    }

    @Test
    void page_without_the_group_says_nothing() {
        assertThat(RouterPages.read(PAGE, "unknown", "A")).isEqualTo(new Counted(null, null));
        assertThat(RouterPages.read("", "shop", "A")).isEqualTo(new Counted(null, null));
    }

    @Test
    void value_that_is_no_number_is_not_zero() {
        assertThat(RouterPages.read("tricolor_x_requests_in_flight{group=\"g\",cluster=\"A\"} many", "g", "A"))
                .isEqualTo(new Counted(1, null));
    }
}
