package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LanesTest {

    @Test
    void no_header_is_no_lane() {
        assertThat(Lanes.parse(null)).isSameAs(Lanes.NONE);
        assertThat(Lanes.NONE.cluster("shop")).isNull();
        assertThat(Lanes.NONE.header()).isEmpty();
    }

    @Test
    void are_written_as_they_are_read_with_the_own_group_first() {
        Lanes lanes = Lanes.parse("payments=A , shop=A,stock=C");
        assertThat(lanes.cluster("shop")).isEqualTo("A");
        Lanes next = lanes.with("shop", "B");
        assertThat(next.header()).isEqualTo("shop=B,payments=A,stock=C");
        assertThat(Lanes.parse(next.header())).isEqualTo(next).isNotEqualTo(lanes);
        assertThat(Lanes.NONE.with("shop", "B").header()).isEqualTo("shop=B");
    }

    @Test
    void never_grow_beyond_what_the_next_router_reads() {
        Lanes full = Lanes.parse(pairs(16, "g"));
        assertThat(full.clusters()).hasSize(16);
        Lanes pushed = full.with("shop", "B");
        assertThat(Lanes.parse(pushed.header())).isEqualTo(pushed);
        assertThat(pushed.clusters()).hasSize(16).containsEntry("shop", "B").containsKey("g14");
        assertThat(pushed.cluster("g15")).isNull();
        assertThat(full.with("g15", "B").clusters()).hasSize(16).containsEntry("g15", "B");

        Lanes longNames = Lanes.parse(pairs(8, "g".repeat(123)));
        assertThat(longNames.header()).hasSize(8 * 126 + 7);
        Lanes longer = longNames.with("shop-of-the-north", "B");
        assertThat(longer.clusters()).hasSize(8);
        assertThat(Lanes.parse(longer.header())).isEqualTo(longer);
    }

    private static String pairs(int count, String prefix) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i + "=A").collect(Collectors.joining(","));
    }
}
