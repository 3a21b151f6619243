package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryIndexTest {

    private static final EntryIndex INDEX = EntryIndex.of(List.of(
            table(
                    "shop",
                    new Entry(null, "/", "web"),
                    new Entry(null, "/api", "api"),
                    new Entry(null, "/api/v2/", "api-v2"),
                    new Entry("shop.example", "/", "front"),
                    new Entry("shop.example", "/api/v2/orders", "orders")),
            table("bank", new Entry("bank.example", "/pay", "pay"))));

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, /, shop/web",
                "-, /x, shop/web",
                "-, /api, shop/api",
                "-, /api/, shop/api",
                "-, /api/v1/x, shop/api",
                "-, /apix, shop/web",
                "-, /api/v2, shop/api-v2",
                "-, /api/v2/, shop/api-v2",
                "-, /api/v2/a/b/c/d, shop/api-v2",
                "-, /api/v22, shop/api",
                "-, //api, shop/web",
                "-, /%61pi, shop/web",
                "other.example, /api, shop/api",
                "shop.example, /api, shop/front",
                "SHOP.example:8400, /api, shop/front",
                "shop.example., /api/v2/orders/1, shop/orders",
                "bank.example, /pay, bank/pay",
                "bank.example, /payroll, shop/web",
                "bank.example, /, shop/web",
                "[::1]:8400, /api, shop/api",
                "-, *, -"
            })
    void finds_the_entry_with_the_host_and_the_longest_prefix_of_whole_segments(
            String host, String path, String expected) {
        EntryIndex.Target target = INDEX.find(host, path);
        assertThat(target == null ? null : target.group() + "/" + target.service())
                .isEqualTo(expected);
    }

    @Test
    void finds_nothing_where_no_entry_is() {
        EntryIndex index = EntryIndex.of(List.of(table("shop", new Entry(null, "/a/b", "web"))));
        assertThat(index.find(null, "/")).isNull();
        assertThat(index.find(null, "/a")).isNull();
        assertThat(index.find(null, "/a/c")).isNull();
        assertThat(index.find(null, "/a/b")).isNotNull();
        assertThat(EntryIndex.of(List.of()).find("x", "/")).isNull();
    }

    @Test
    void gives_a_claim_of_two_groups_to_the_first_by_name_and_tells() {
        EntryIndex index = EntryIndex.of(
                List.of(table("shop", new Entry(null, "/api/", "s")), table("bank", new Entry(null, "/api", "b"))));
        assertThat(index.find(null, "/api")).isEqualTo(new EntryIndex.Target("bank", "b"));
        assertThat(index.conflicts())
                .containsExactly(new EntryIndex.Conflict("shop", new Entry(null, "/api/", "s"), "bank"));
    }

    @ParameterizedTest
    @CsvSource({
        "Example.COM, example.com",
        "example.com:80, example.com",
        "example.com.:80, example.com",
        "127.0.0.1:8400, 127.0.0.1",
        "[::1]:8400, [::1]",
        "[::1], [::1]",
        "::1, ::1"
    })
    void makes_hosts_comparable(String host, String canonical) {
        assertThat(EntryIndex.canonicalHost(host)).isEqualTo(canonical);
    }

    private static RouteTable table(String group, Entry... entries) {
        return new RouteTable(
                group,
                1,
                1,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(entries),
                new TreeMap<>(Map.of("A", RouteStrategy.green())));
    }
}
