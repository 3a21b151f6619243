package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.standalone.demo.Demo;
import io.tricolor.standalone.demo.Exchange;
import io.tricolor.standalone.demo.Traffic;
import io.tricolor.standalone.demo.Verdict;
import io.tricolor.standalone.suite.Router;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The suite as {@code ./tricolor up --router=nginx} starts it; and an nginx without Lua as a second router of it. */
class NginxSuiteIT extends SuiteScenarios {

    NginxSuiteIT() {
        super(Router.NGINX);
    }

    @Override
    Stream<Kill> kills() {
        return Stream.of(
                new Kill("strategy", Moment.START, Lost.NONE),
                new Kill("deploy", Moment.START, Lost.NONE),
                new Kill("kafka", Moment.START, Lost.NONE),
                new Kill("local-consul", Moment.START, Lost.NONE),
                new Kill("nginx-worker", Moment.ROUTE, Lost.UNDER_WAY),
                new Kill("nginx-master", Moment.ROUTE, Lost.UNTIL_READY),
                new Kill("nginx", Moment.ROUTE, Lost.UNTIL_READY));
    }

    @Test
    @Order(3)
    void switches_and_goes_back_in_one_table_each() throws Exception {
        passes(new Demo(scene(100, 3), Demo.Flow.SWITCH).run());
    }

    @Test
    @Order(4)
    void releases_through_an_nginx_without_lua_that_reports(@TempDir Path directory) throws Exception {
        ReleasedGroup group = ReleasedGroup.install(suite, "stock");
        try (StockNginx nginx = new StockNginx(suite, directory)) {
            nginx.start();
            awaitReport(nginx, group);
            List<Exchange> exchanges;
            try (Traffic traffic = traffic(nginx.url(), group)) {
                group.beginNext();
                group.awaitStage();
                // The stage was reached because this router, too, said so.
                assertThat(group.isRoutedBy("nginx-template")).as(nginx.said()).isTrue();
                int answered = traffic.size();
                await("traffic").until(() -> traffic.size() > answered + RATE_PER_SECOND);
                group.approve();
                group.awaitCompleted();
                assertThat(group.isRoutedBy("nginx-template")).as(nginx.said()).isTrue();
                traffic.close();
                exchanges = traffic.exchanges();
            }
            Verdict verdict = group.judge(exchanges);
            List<Exchange> failed = exchanges.stream().filter(Exchange::failed).toList();
            System.out.printf(
                    "stock nginx: %d requests, %d failed, %d misrouted%n",
                    exchanges.size(), failed.size(), verdict.misrouted());
            // A reload closes connections that are kept; what a client sends over one just then is lost, unless it may
            // send it again.
            assertThat(failed).hasSizeLessThan(5).allMatch(one -> one.method().equals("POST") && one.status() == 0);
            assertThat(verdict.misrouted()).as("%s", verdict.examples()).isZero();
            group.assertReleased();
        }
    }

    private void awaitReport(StockNginx nginx, ReleasedGroup group) {
        await("a report")
                .atMost(ReleasedGroup.PATIENCE)
                .untilAsserted(() -> assertThat(group.isRoutedBy("nginx-template"))
                        .as(nginx.said())
                        .isTrue());
    }
}
