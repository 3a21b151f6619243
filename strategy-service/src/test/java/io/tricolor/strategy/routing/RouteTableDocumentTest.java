package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.routing.RouteTable;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The bytes that are hashed. Routers keep tables for years: what is here may be added to, never changed. */
class RouteTableDocumentTest {

    private static final RouteTable TABLE = new RouteTable(
            "shop",
            2,
            7,
            Affinity.ID,
            IdentitySource.standard(),
            List.of(new Entry("shop.example", "/api", "web"), new Entry(null, "/", "web")),
            new TreeMap<>(Map.of(
                    "B",
                    RouteStrategy.yellow(new IdRule(
                            false,
                            List.of("1", "Zo\u00eb"),
                            List.of(new IdInterval(600, 10_000)),
                            new BigDecimal("5"))),
                    "A",
                    RouteStrategy.green(),
                    "C",
                    RouteStrategy.red())));

    @Test
    void is_compact_in_the_order_of_the_records_with_sorted_maps() {
        RouteTableDocument document = RouteTableDocument.of(TABLE);
        assertThat(document.json()).isEqualTo(GOLDEN);
        assertThat(document.identity().toString()).isEqualTo("2.7." + SHA256);
        assertThat(document.etag()).isEqualTo("\"2.7." + SHA256 + "\"");
        assertThat(ContractsJson.mapper().readValue(document.json(), RouteTable.class))
                .isEqualTo(TABLE);
        assertThat(RouteTableDocument.of(ContractsJson.mapper().readValue(document.json(), RouteTable.class)))
                .isEqualTo(document);
    }

    @Test
    void of_a_group_that_has_ended_says_so() {
        assertThat(RouteTableDocument.of(RouteTable.deleted("shop", 2, 8)).json())
                .isEqualTo("""
                {"group":"shop","epoch":2,"version":8,"affinity":"ID","identity":{"headers":["X-User-Id"],"cookies":["userId"],\
                "queryParameters":["userId"]},"entries":[],"clusters":{},"deleted":true}""");
    }

    private static final String GOLDEN = """
            {"group":"shop","epoch":2,"version":7,"affinity":"ID","identity":{"headers":["X-User-Id"],"cookies":["userId"],\
            "queryParameters":["userId"]},"entries":[{"host":"shop.example","pathPrefix":"/api","service":"web"},\
            {"host":null,"pathPrefix":"/","service":"web"}],"clusters":{"A":{"status":"GREEN","id":{"all":true,"ids":[],\
            "intervals":[]}},"B":{"status":"YELLOW","id":{"all":false,"ids":["1","Zo\u00eb"],"intervals":[["600","10000"]],\
            "percent":5.00}},"C":{"status":"RED","id":{"all":false,"ids":[],"intervals":[]}}}}""";
    private static final String SHA256 = "54c9c84c2eda4aa082d369aa9aafe2a2a8cc88b359fb30fbd66ecf214b6166f6";
}
