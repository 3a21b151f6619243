package io.tricolor.router.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.Cohort;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * What every router does, asked over HTTP of a started one: routing, what it passes on, where tables and instances
 * come from, what it
 * reports, and what becomes of requests while all of that changes.
 *
 * @param <R> the router
 */
public abstract class RouterContract<R extends StartedRouter> extends WithInstances {

    /** What the router calls itself in reports and in the names of its metrics. */
    protected abstract String kind();

    /**
     * Starts a router on free ports: its id is r1, its state is in {@code state} of {@link #directory}, it looks for
     * tables ten times a
     * second and reports five times.
     */
    protected abstract R start(String... options);

    /**
     * Whether every part of the router routes the group shop by this table; asked of the router, whoever else is
     * there.
     */
    protected abstract boolean routesBy(R router, long epoch, long version);

    /** The clusters of a service that the router knows instances of. */
    protected abstract Set<String> clusters(R router, String group, String service);

    /** Whether every part of the router routes the group shop by this version and knows instances. */
    protected abstract boolean isReady(R router, long version);

    /** Where strategy-service is, as the router is told; several addresses with commas between them. */
    protected final String strategyUrl() {
        return String.join(",", strategyUrls.isEmpty() ? List.of(strategy.url()) : strategyUrls);
    }

    /** Addresses of strategy-service; none: the one of {@link #strategy}. */
    private final List<String> strategyUrls = new ArrayList<>();

    protected final R router(String... options) {
        return keep(start(options));
    }

    protected final R routing(RouteTable table, String... options) {
        strategy.publish(table);
        R router = router(options);
        Await.until("instances and table are there", () -> isReady(router, table.version()));
        return router;
    }

    protected static void assertProblem(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(response.headers().firstValue("X-Tricolor-Reason")).hasValue(code);
        JsonNode problem = Json.LENIENT.readTree(response.body());
        assertThat(problem.path("code").asString()).isEqualTo(code);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("traceId").asString()).matches("[0-9a-f]{32}");
    }

    /**
     * Whether the router shows a sample of this name, without its prefix, with these labels and a value that matches.
     */
    private boolean shows(R router, String name, String labels, String value) {
        return Pattern.compile(
                        "^tricolor_" + kind() + "_" + name + "\\{" + labels + ",?} " + value + "$", Pattern.MULTILINE)
                .matcher(get(router.managementUrl() + "/metrics").body())
                .find();
    }

    protected static HttpRequest.Builder to(StartedRouter router, String path) {
        return HttpRequest.newBuilder(URI.create(router.url() + path));
    }

    protected static HttpRequest order(StartedRouter router, String path) {
        return to(router, path)
                .POST(HttpRequest.BodyPublishers.ofString("order"))
                .build();
    }

    protected final CompletableFuture<HttpResponse<String>> sendAndGoOn(HttpRequest request) {
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void routes_by_header_cookie_and_query_and_without_id() {
        R router = routing(Tables.seed(1));
        assertThat(cluster(get(router, "/", "X-User-Id", "1"))).isEqualTo("B");
        assertThat(cluster(get(router, "/", "X-User-Id", "alice"))).isEqualTo("B");
        assertThat(cluster(get(router, "/", "X-User-Id", "Alice"))).isEqualTo("A");
        assertThat(cluster(get(router, "/", "Cookie", "x=2; userId=700"))).isEqualTo("B");
        assertThat(cluster(get(router, "/x/y?userId=10000"))).isEqualTo("B");
        assertThat(cluster(get(router, "/x/y?userId=10001"))).isEqualTo("A");
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
    }

    @Test
    void passes_on_the_decision_and_the_host_and_drops_what_a_client_pretends() {
        R router = routing(Tables.seed(7));
        get(
                router,
                "/path%2Fwith%20blank?q=a%26b",
                "X-Tricolor-Cluster",
                "B",
                "x-tricolor-group",
                "bank",
                "X-Tricolor-Anything",
                "1",
                "X-Forwarded-For",
                "6.6.6.6",
                "X-Tricolor-Lane",
                "shop=B,payments=B",
                "X-Mine",
                "kept");
        Map<String, List<String>> seen = a.headers.getLast();
        assertThat(seen.get("X-tricolor-cluster")).containsExactly("A");
        assertThat(seen.get("X-tricolor-group")).containsExactly("shop");
        assertThat(seen.get("X-tricolor-table")).containsExactly("1.7");
        assertThat(seen.get("X-tricolor-lane")).containsExactly("shop=A");
        assertThat(seen).doesNotContainKey("X-tricolor-anything");
        assertThat(seen.get("X-mine")).containsExactly("kept");
        assertThat(seen.get("X-forwarded-for")).containsExactly("127.0.0.1");
        assertThat(seen.get("Host")).containsExactly(router.url().substring("http://".length()));
        assertThat(seen).doesNotContainKey("Transfer-encoding");
    }

    @Test
    void passes_bodies_through() {
        R router = routing(Tables.seed(1));
        byte[] large = "x".repeat(3_000_000).getBytes(StandardCharsets.UTF_8);
        assertThat(send(to(router, "/up")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(large))
                                .build())
                        .body())
                .isEqualTo("A POST 3000000");
        assertThat(send(to(router, "/up")
                                .method(
                                        "PATCH",
                                        HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))
                                .build())
                        .body())
                .isEqualTo("A PATCH 3000000");
        assertThat(send(to(router, "/up").DELETE().build()).body()).isEqualTo("A DELETE 0");
    }

    @Test
    void answers_404_where_no_entry_is_and_503_where_no_cluster_is_healthy() {
        R router = router();
        HttpResponse<String> nowhere = get(router, "/x");
        assertProblem(nowhere, 404, "ENTRY_NOT_FOUND");
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        String rest = trace + "-00f067aa0ba902b7-01";
        Map.of("00-" + rest, true, "cc-" + rest + "-more", true, "ff-" + rest, false, "00-" + rest + "-more", false)
                .forEach((header, isValid) -> {
                    HttpResponse<String> traced = get(router, "/x", "traceparent", header);
                    assertThat(Json.LENIENT
                                    .readTree(traced.body())
                                    .path("traceId")
                                    .asString()
                                    .equals(trace))
                            .as(header)
                            .isEqualTo(isValid);
                });

        strategy.publish(Tables.seed(1));
        Await.until("table applied", () -> isReady(router, 1));
        consul.register("shop-web", b.as("shop", "web"));
        Await.until("A is gone", () -> get(router, "/").statusCode() == 503);
        assertProblem(get(router, "/"), 503, "NO_HEALTHY_CLUSTER");
        assertThat(cluster(get(router, "/", "X-User-Id", "1"))).isEqualTo("B");
    }

    @Test
    void reports_what_it_applied_with_instances_and_signs_off() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "secret\n");
        strategy.publish(Tables.seed(3));
        R router = router("--tricolor.security.token-file=" + token);
        Await.until(
                "report",
                () -> reported().version() == 3 && reported().usableInstances().size() == 2);
        RouterReport report = strategy.lastReport();
        assertThat(report.routerId()).isEqualTo("r1");
        assertThat(report.kind()).isEqualTo(kind());
        assertThat(reported().usable("B", "web")).containsExactly("b-1");
        assertThat(reported().incomplete()).isFalse();
        assertThat(reported().sha256())
                .isEqualTo(TableIdentity.sha256(
                        Json.STRICT.writeValueAsString(Tables.seed(3)).getBytes(StandardCharsets.UTF_8)));
        assertThat(strategy.tokens).contains("Bearer secret");
        router.close();
        assertThat(strategy.signedOff).containsExactly("r1");
    }

    @Test
    void applies_only_what_is_newer_and_valid_and_tells_what_it_refused() {
        R router = routing(Tables.seed(5));
        strategy.publish(
                "shop", Json.STRICT.writeValueAsString(Tables.seed(6)).replace("\"all\":true", "\"all\":false"));
        Await.until("refusal is reported", () -> reported().rejection() != null);
        assertThat(reported().version()).isEqualTo(5);
        assertThat(refuses(6)).isTrue();
        assertThat(reported().rejection()).contains("ROUTES_UNSERVED");
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        // A router may add what its workers have counted only a few times a second.
        Await.until(
                "the request is counted",
                () -> shows(
                        router,
                        "requests_total",
                        "group=\"shop\",service=\"web\",cluster=\"A\",status=\"2xx\"",
                        "[1-9].*"));
        Await.until(
                "the refusal is counted", () -> shows(router, "rejected_tables_total", "group=\"shop\"", "1(\\.0)?"));
        assertThat(shows(router, "table_version", "group=\"shop\"", "5(\\.0)?")).isTrue();

        strategy.publish("shop", "{broken");
        Await.until("broken JSON is reported", () -> refuses(7));
        strategy.publish(Tables.table(1, 4, Map.of("B", RouteStrategy.green())));
        strategy.publish(Tables.table(1, 7, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("version 7", () -> reported().version() == 7);
        assertThat(reported().rejection()).isNull();
        assertThat(cluster(get(router, "/"))).isEqualTo("B");

        strategy.publish(Tables.table(2, 1, Map.of("A", RouteStrategy.green())));
        Await.until("a new epoch", () -> reported().epoch() == 2);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
    }

    /**
     * Ids of one in ten go to B, and the one in ten at the other end of the hash stays: both are counted by
     * themselves.
     */
    @Test
    void counts_the_cohorts_of_a_stage_by_percent() {
        R router = routing(Tables.seed(5));
        RouteTable table = Tables.table(
                1,
                6,
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of(), List.of(), new BigDecimal("10.00")))));
        strategy.publish(table);
        Await.until("version 6", () -> reported().version() == 6);
        CompiledTable compiled = CompiledTable.of(table);
        Map<Cohort, Integer> sent = new EnumMap<>(Cohort.class);
        for (int id = 0; id < 60; id++) {
            Decision.Routed decided = (Decision.Routed)
                    compiled.decide(RequestId.of(Integer.toString(id)), "web", (cluster, service) -> 1, 0);
            if (decided.cohort() != null) {
                sent.merge(decided.cohort(), 1, Integer::sum);
            }
            assertThat(cluster(get(router, "/?userId=" + id))).isEqualTo(decided.cluster());
        }
        assertThat(sent).containsOnlyKeys(Cohort.values());
        Map.of("B", Cohort.CANARY, "A", Cohort.CONTROL).forEach((cluster, cohort) -> {
            String labels =
                    "group=\"shop\",service=\"web\",cluster=\"" + cluster + "\",cohort=\"" + cohort.label() + "\"";
            String count = sent.get(cohort) + "(\\.0)?";
            Await.until(
                    cohort + " is counted",
                    () -> shows(router, "cohort_requests_total", labels + ",status=\"2xx\"", count)
                            && shows(router, "cohort_request_duration_seconds_count", labels, count)
                            && shows(
                                    router,
                                    "cohort_request_duration_seconds_bucket",
                                    labels + ",le=\"\\+Inf\"",
                                    count));
        });
    }

    @Test
    void refuses_another_table_of_the_same_place_and_one_whose_bytes_are_not_what_is_said() {
        R router = routing(Tables.seed(5));
        strategy.publish(Tables.table(1, 5, Map.of("B", RouteStrategy.green())));
        Await.until("the other table 5 is refused", () -> refuses(5));
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        Await.until(
                "the refusal is counted", () -> shows(router, "rejected_tables_total", "group=\"shop\"", "1(\\.0)?"));

        String six = Json.STRICT.writeValueAsString(Tables.table(1, 6, Map.of("B", RouteStrategy.green())));
        strategy.publish("shop", new TableIdentity(1, 6, "0".repeat(64)), six);
        Await.until("what was changed on its way is refused", () -> refuses(6));
        assertThat(cluster(get(router, "/"))).isEqualTo("A");

        strategy.publish("shop", six);
        Await.until("as it was written it is applied", () -> reported().version() == 6);
        assertThat(reported().rejection()).isNull();
        assertThat(cluster(get(router, "/"))).isEqualTo("B");
    }

    @Test
    void nothing_but_a_table_that_says_so_takes_a_table_away() {
        R router = routing(Tables.seed(1));
        List<FakeStrategy.Canned> answers = List.of(
                new FakeStrategy.Canned(404, "{\"code\":\"GROUP_NOT_FOUND\"}"),
                new FakeStrategy.Canned(503, ""),
                new FakeStrategy.Canned(200, "{}"),
                new FakeStrategy.Canned(200, "[]"),
                new FakeStrategy.Canned(200, "<html>sign in</html>"),
                new FakeStrategy.Canned(200, "{\"cursor\":\"x\",\"complete\":true,\"reset\":true,\"tables\":[]}"),
                new FakeStrategy.Canned(200, "{\"cursor\":\"x\",\"tables\":[{\"group\":\"shop\"}]}"));
        for (FakeStrategy.Canned answer : answers) {
            strategy.insteadOfChanges = answer;
            strategy.publish(Tables.seed(2));
            int polls = strategy.polls.size();
            Await.until("it was asked with " + answer, () -> strategy.polls.size() > polls + 2);
            assertThat(cluster(get(router, "/"))).as(answer.toString()).isEqualTo("A");
            assertThat(routesBy(router, 1, 1)).as(answer.toString()).isTrue();
        }
        Await.until("it is counted", () -> shows(router, "source_failures_total", "source=\"strategy\"", "[1-9].*"));
        strategy.insteadOfChanges = null;
        Await.until("it goes on as soon as there is an answer", () -> isReady(router, 2));

        strategy.forgetEverything();
        int empty = strategy.emptyAnswers.get();
        Await.until("an empty database answers", () -> strategy.emptyAnswers.get() > empty + 2);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        strategy.publish(Tables.table(1, 3, Map.of("B", RouteStrategy.green())));
        Await.until("it follows the new one", () -> cluster(get(router, "/")).equals("B"));
    }

    @Test
    void drops_a_group_that_has_ended_and_lets_no_older_table_come_back() {
        R router = routing(Tables.seed(1));
        strategy.delete("shop");
        Await.until("the group is gone", () -> get(router, "/").statusCode() == 404);
        Await.until("that is reported", () -> reported().version() == 2);
        strategy.publish(Tables.seed(1));
        consul.keep(Tables.seed(1));
        router.close();
        strategy.goDown();
        R restarted = router();
        int reads = consul.tableReads.get();
        Await.until("the older one was read a few times", () -> consul.tableReads.get() > reads + 3);
        assertThat(get(restarted, "/").statusCode()).isEqualTo(404);
        strategy.comeBack();
        strategy.publish(Tables.seed(3));
        Await.until("a newer one counts", () -> isReady(restarted, 3));
        assertThat(cluster(get(restarted, "/"))).isEqualTo("A");
    }

    @Test
    void takes_news_that_come_in_parts() {
        strategy.maxBytes = 100;
        for (String group : List.of("bank", "card", "desk")) {
            strategy.publish(Tables.table(group, 1, "/" + group, "A"));
        }
        R router = routing(Tables.seed(1));
        Await.until(
                "every group",
                () -> strategy.lastReport().groups().keySet().containsAll(Set.of("bank", "card", "desk", "shop")));
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
    }

    @Test
    void reports_changed_groups_only_and_everything_in_rounds_or_when_asked() {
        strategy.publish(Tables.table("bank", 1, "/bank", "A"));
        R router = routing(Tables.seed(1));
        Await.until("both groups", () -> strategy.lastReport().groups().containsKey("bank") && reports(1));
        RouterReport first = strategy.reports.getFirst();
        assertThat(first.round()).as("a boot begins with a full round").isPositive();
        int quiet = strategy.reports.size();
        Await.until("nothing changes", () -> {
            List<RouterReport> newest = reportsAfter(quiet).reversed();
            return newest.size() > 3
                    && newest.subList(0, 3).stream()
                            .allMatch(report -> report.groups().isEmpty() && report.round() == 0);
        });

        int before = strategy.reports.size();
        strategy.publish(Tables.table(1, 2, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("version 2", () -> reported().version() == 2);
        assertThat(reportsAfter(before))
                .filteredOn(report -> report.round() == 0)
                .allSatisfy(report -> assertThat(report.groups()).doesNotContainKey("bank"));
        assertThat(cluster(get(router, "/"))).isEqualTo("B");

        int asked = strategy.reports.size();
        strategy.asksForResync = true;
        Await.until(
                "a full round",
                () -> reportsAfter(asked).stream()
                        .anyMatch(report -> report.round() > first.round()
                                && report.last()
                                && report.groups().keySet().containsAll(Set.of("bank", "shop"))));
        List<Long> sequences =
                strategy.reports.stream().map(RouterReport::sequence).toList();
        assertThat(sequences).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_full_round_of_many_groups_comes_in_parts_that_are_not_too_large() {
        int instances = 120;
        int groups = 30;
        for (int g = 0; g < groups; g++) {
            String group = "group-" + g;
            List<FakeConsul.Instance> registered = new ArrayList<>();
            for (int i = 0; i < instances; i++) {
                registered.add(new FakeConsul.Instance(
                        group, "web", "A", group + "-web-" + "x".repeat(80) + "-" + i, a.port()));
            }
            consul.register(group + "-web", registered.toArray(FakeConsul.Instance[]::new));
            strategy.publish(Tables.table(group, 1, "/" + group, "A"));
        }
        routing(Tables.seed(1));
        Await.until(
                "every instance of every group",
                () -> IntStream.range(0, groups)
                        .allMatch(g -> strategy.lastReport()
                                        .groups()
                                        .getOrDefault("group-" + g, RouterReport.GroupReport.none())
                                        .usable("A", "web")
                                        .size()
                                == instances));
        int asked = strategy.reports.size();
        strategy.asksForResync = true;
        Await.until("a full round", () -> round(asked).stream().anyMatch(RouterReport::last));
        List<RouterReport> round = round(asked);
        assertThat(round).hasSizeGreaterThan(1);
        assertThat(round.stream().flatMap(part -> part.groups().keySet().stream()))
                .hasSize(groups + 1)
                .doesNotHaveDuplicates();
        assertThat(round)
                .allSatisfy(part -> assertThat(Json.STRICT.writeValueAsBytes(part).length)
                        .isLessThanOrEqualTo(RouterReport.MAX_BYTES));
        assertThat(round.subList(0, round.size() - 1)).noneMatch(RouterReport::last);
    }

    /** What was reported after so many reports. */
    protected final List<RouterReport> reportsAfter(int count) {
        List<RouterReport> all = List.copyOf(strategy.reports);
        return all.subList(count, all.size());
    }

    /** The first full round that came after so many reports, as far as it came. */
    private List<RouterReport> round(int after) {
        List<RouterReport> later = reportsAfter(after).stream()
                .filter(report -> report.round() > 0)
                .toList();
        return later.stream()
                .filter(report -> report.round() == later.getFirst().round())
                .toList();
    }

    @Test
    void routes_by_the_last_good_state_after_a_restart_with_everything_down() {
        R router = routing(Tables.seed(4));
        router.close();
        strategy.goDown();
        consul.goDown();
        R restarted = router();
        Await.until("nobody answers", () -> get(restarted, "/").statusCode() == 200);
        assertThat(cluster(get(restarted, "/"))).isEqualTo("A");
        assertThat(cluster(get(restarted, "/", "X-User-Id", "1"))).isEqualTo("B");
        assertThat(routesBy(restarted, 1, 4)).isTrue();
        assertThat(get(restarted.managementUrl() + "/actuator/health").body()).contains("\"UP\"");
        consul = keep(new FakeConsul());
        strategy.comeBack();
    }

    @Test
    void asks_before_it_serves_what_it_has_on_disk() {
        R router = routing(Tables.seed(4));
        router.close();
        strategy.publish(Tables.table(1, 5, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        int served = a.served.get();
        R restarted = router();
        Await.until("it serves", () -> get(restarted, "/").statusCode() == 200);
        assertThat(cluster(get(restarted, "/"))).isEqualTo("B");
        assertThat(a.served.get()).as("by the table that is no longer in force").isEqualTo(served);
    }

    @Test
    void reads_tables_from_consul_while_strategy_service_is_down() {
        R router = routing(Tables.seed(1));
        strategy.goDown();
        consul.keep(Tables.table(1, 2, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("table of Consul", () -> routesBy(router, 1, 2));
        assertThat(cluster(get(router, "/"))).isEqualTo("B");
        consul.keep(Tables.seed(1));
        strategy.comeBack();
        strategy.publish(Tables.table(1, 3, Map.of("A", RouteStrategy.green())));
        Await.until("table of strategy-service", () -> isReady(router, 3));
    }

    @Test
    void goes_to_the_next_address_of_strategy_service_when_one_is_dead_from_the_start() {
        FakeStrategy.Instance dead = keep(strategy.another());
        dead.goDown();
        FakeStrategy.Instance alive = keep(strategy.another());
        strategyUrls.addAll(List.of(dead.url(), alive.url()));
        R router = routing(Tables.seed(1));
        assertThat(cluster(get(router, "/", "X-User-Id", "1"))).isEqualTo("B");
        Await.until("a report", () -> reports(1));
        int reads = consul.tableReads.get();
        strategy.publish(Tables.seed(2));
        Await.until("news", () -> isReady(router, 2));
        assertThat(consul.tableReads.get())
                .as("copies were read though an address answers")
                .isEqualTo(reads);
        String address = "address=\"" + alive.url() + "\"";
        Await.until("it shows whom it asks", () -> shows(router, "strategy_address", address, "1(?:\\.0)?"));
        Await.until(
                "it counts what failed",
                () -> shows(
                        router,
                        "strategy_address_failures_total",
                        "address=\"" + dead.url() + "\"",
                        "[1-9][0-9]*(?:\\.0)?"));
    }

    @Test
    void goes_on_where_it_was_at_the_next_address_of_strategy_service_when_one_dies() {
        FakeStrategy.Instance one = keep(strategy.another());
        FakeStrategy.Instance other = keep(strategy.another());
        strategyUrls.addAll(List.of(one.url(), other.url()));
        R router = routing(Tables.seed(1));
        Await.until("a report", () -> reports(1));
        assertThat(other.asked).isEmpty();
        String boot = strategy.lastReport().bootId();

        one.goDown();
        strategy.publish(Tables.seed(2));
        Await.until("news of the other one", () -> isReady(router, 2));
        Await.until("a report to the other one", () -> reports(2));
        assertThat(other.asked)
                .filteredOn(asked -> asked.startsWith("GET /api/route-tables/changes"))
                .isNotEmpty()
                .allMatch(asked -> asked.contains("&since="));
        assertThat(strategy.lastReport().bootId()).isEqualTo(boot);

        one.comeBack();
        int before = one.asked.size();
        other.status = 503;
        // By the question that is waiting there; the next one is answered by 503.
        strategy.publish(Tables.seed(3));
        Await.until("table 3", () -> isReady(router, 3));
        Await.until(
                "the first one is asked again",
                () -> one.asked.stream()
                        .skip(before)
                        .anyMatch(asked -> asked.startsWith("GET /api/route-tables/changes")));
        strategy.publish(Tables.seed(4));
        Await.until("news of the first one", () -> isReady(router, 4));
        assertThat(one.asked.stream().skip(before))
                .filteredOn(asked -> asked.startsWith("GET /api/route-tables/changes"))
                .allMatch(asked -> asked.contains("&since="));

        // Whoever is not let in here would not be let in there.
        other.status = 0;
        int told = other.asked.size();
        one.status = 401;
        int refused = one.asked.size();
        Await.until("it was refused a few times", () -> one.asked.size() > refused + 5);
        assertThat(other.asked).hasSize(told);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        one.status = 0;
    }

    @Test
    void never_goes_back_to_an_older_table() {
        R router = routing(Tables.seed(5));
        consul.keep(Tables.table(1, 4, Map.of("B", RouteStrategy.green())));
        strategy.goDown();
        int reads = consul.tableReads.get();
        Await.until("the older one was read a few times", () -> consul.tableReads.get() > reads + 3);
        assertThat(routesBy(router, 1, 5)).isTrue();
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        consul.keep(Tables.table(2, 1, Map.of("B", RouteStrategy.green())));
        Await.until("a newer epoch counts", () -> routesBy(router, 2, 1));
        strategy.comeBack();
    }

    @Test
    void keeps_tables_and_instances_through_errors() {
        R router = routing(Tables.seed(1));
        strategy.broken = true;
        consul.broken = true;
        int reports = strategy.reports.size();
        Await.until("it lived on for a while", () -> strategy.reports.size() > reports + 5);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        strategy.broken = false;
        consul.broken = false;
        strategy.publish(Tables.table(1, 2, Map.of("B", RouteStrategy.green())));
        Await.until("news come again", () -> isReady(router, 2));
    }

    @Test
    void shows_its_token_to_the_registry_and_takes_nothing_from_an_answer_that_was_filtered() throws IOException {
        consul.token = "s3cret";
        Path file = Files.writeString(directory.resolve("consul.token"), "s3cret\n");
        R router = routing(Tables.seed(1), "--tricolor.consul.token-file=" + file);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        consul.filters = true;
        Await.until(
                "filtered answers are counted",
                () -> shows(router, "source_failures_total", "source=\"consul-acl\"", "[1-9].*"));
        assertThat(clusters(router, "shop", "web")).containsExactly("A", "B");
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        consul.filters = false;
        FakeInstance other = keep(new FakeInstance("A", "a-2"));
        consul.register("shop-web", other.as("shop", "web"));
        Await.until(
                "news come again",
                () -> get(router, "/").headers().firstValue("X-Instance").equals(Optional.of("a-2")));
    }

    @Test
    void goes_on_with_the_last_healthy_instances_when_no_check_passes_any_more() {
        FakeInstance other = keep(new FakeInstance("A", "a-2"));
        consul.add("shop-web", other.as("shop", "web"));
        R router = routing(Tables.seed(1));
        String labels = "group=\"shop\",service=\"web\"";
        assertThat(shows(router, "panic", labels, "0.*")).isTrue();
        consul.fail("a-1");
        Await.until("a-1 is left out", () -> !reported().usable("A", "web").contains("a-1"));
        consul.fail("a-1", "a-2", "b-1");
        Await.until("it says so", () -> shows(router, "panic", labels, "1.*"));
        assertThat(get(router, "/").headers().firstValue("X-Instance"))
                .as("the last that was healthy, not one that failed before")
                .hasValue("a-2");
        assertThat(cluster(get(router, "/", "X-User-Id", "1"))).isEqualTo("B");
        consul.deregister("shop-web", "b-1");
        Await.until(
                "one that is withdrawn is left out",
                () -> cluster(get(router, "/", "X-User-Id", "1")).equals("A"));
        assertThat(shows(router, "panic", labels, "1.*")).isTrue();
        consul.fail("a-2");
        Await.until("a-1 is healthy again", () -> shows(router, "panic", labels, "0.*"));
        assertThat(get(router, "/").headers().firstValue("X-Instance")).hasValue("a-1");
        consul.register("shop-web");
        Await.until("none is registered", () -> get(router, "/").statusCode() == 503);
    }

    @Test
    void sends_to_nobody_when_no_check_passes_and_it_is_told_not_to() {
        R router = routing(Tables.seed(1), "--tricolor." + kind() + ".panic=false");
        consul.fail("a-1", "b-1");
        Await.until("nobody is left", () -> get(router, "/").statusCode() == 503);
        assertThat(shows(router, "panic", "group=\"shop\",service=\"web\"", "0.*"))
                .isTrue();
    }

    @Test
    void follows_a_registry_that_starts_over() {
        R router = routing(Tables.seed(1));
        FakeInstance other = keep(new FakeInstance("A", "a-2"));
        consul.startOver("shop-web", other.as("shop", "web"));
        Await.until(
                "the other instance answers",
                () -> get(router, "/").headers().firstValue("X-Instance").equals(Optional.of("a-2")));
        consul.register("shop-web", a.as("shop", "web"));
        Await.until(
                "news come again",
                () -> get(router, "/").headers().firstValue("X-Instance").equals(Optional.of("a-1")));
    }

    @Test
    void takes_no_instance_of_another_group_whose_names_join_to_the_same() {
        consul.register(
                "shop-web", a.as("shop", "web"), new FakeConsul.Instance("shop-web", "", "B", "stranger", b.port()));
        R router = routing(Tables.seed(1));
        assertThat(clusters(router, "shop", "web")).containsExactly("A");
    }

    @Test
    void a_slow_post_stays_with_its_cluster_across_a_swap_and_is_counted_until_it_ends() {
        R router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> slow = sendAndGoOn(order(router, "/?gate=slow"));
        Await.until("it has reached A", () -> !a.headers.isEmpty());
        strategy.publish(Tables.table(1, 2, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("reported with the request in flight", () -> reported().version() == 2);
        assertThat(reported().inFlight()).isEqualTo(Map.of("A", 1));
        assertThat(reported().inFlightInstances()).isEqualTo(Map.of("A", Map.of("web", Map.of("a-1", 1))));
        assertThat(cluster(get(router, "/"))).isEqualTo("B");
        assertThat(slow).isNotDone();
        FakeInstance.open("slow");
        assertThat(slow.join().body()).isEqualTo("A POST 5");
        Await.until("reported as drained", () -> reported().inFlight().isEmpty());
        assertThat(reported().inFlightInstances()).isEmpty();
    }

    /** Before A turns RED, so that the way back is short; the upgrade waits for it all the same. */
    @Test
    void tells_that_a_green_cluster_is_left_when_a_yellow_one_takes_everybody_and_does_not_wait_for_its_interval() {
        R router = routing(Tables.seed(1), "--tricolor." + kind() + ".report-interval=1m");
        CompletableFuture<HttpResponse<String>> slow = sendAndGoOn(order(router, "/?gate=left"));
        Await.until("it has reached A", () -> !a.headers.isEmpty());
        strategy.publish(
                Tables.table(1, 2, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(IdRule.everybody()))));
        Await.until(
                "reported with the request in flight",
                () -> reported().inFlight().equals(Map.of("A", 1)) && reports(2));
        int rounds = (int) strategy.lastReport().round();
        FakeInstance.open("left");
        assertThat(slow.join().body()).isEqualTo("A POST 5");
        Await.until("reported as drained", () -> reported().inFlight().isEmpty());
        assertThat(strategy.lastReport().round()).as("by a report of its own").isEqualTo(rounds);
    }

    @Test
    void a_client_that_goes_away_is_no_longer_in_flight() {
        R router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> aborted =
                sendAndGoOn(to(router, "/?gate=never").build());
        Await.until("it is in flight", () -> reported().inFlight().equals(Map.of("A", 1)));
        aborted.cancel(true);
        Await.until("it is not", () -> reported().inFlight().isEmpty());
        FakeInstance.open("never");
    }

    @Test
    void swaps_under_load_lose_no_request_and_send_none_to_a_cluster_that_is_red() {
        R router = routing(Tables.seed(1));
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicInteger requests = new AtomicInteger();
        ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        List<Thread> users = new ArrayList<>();
        for (int u = 0; u < 8; u++) {
            String user = Integer.toString(u);
            users.add(Thread.startVirtualThread(() -> {
                while (running.get()) {
                    HttpResponse<String> response = get(router, "/", "X-User-Id", user);
                    requests.incrementAndGet();
                    if (response.statusCode() != 200) {
                        failures.add(response.statusCode() + " " + response.body());
                    }
                }
            }));
        }
        long version = 1;
        for (int swap = 0; swap < 40; swap++) {
            version++;
            boolean toB = swap % 2 == 0;
            strategy.publish(Tables.table(
                    1,
                    version,
                    Map.of(
                            toB ? "A" : "B", RouteStrategy.red(),
                            toB ? "B" : "A", RouteStrategy.green())));
            long applied = version;
            FakeInstance drained = toB ? a : b;
            Await.until(
                    "applied and drained",
                    () -> reported().version() == applied
                            && !reported().inFlight().containsKey(drained.cluster));
            int served = drained.served.get();
            int before = requests.get();
            Await.until("traffic goes on", () -> requests.get() > before + 40);
            assertThat(drained.served.get()).as("version %d", applied).isEqualTo(served);
        }
        running.set(false);
        users.forEach(RouterContract::join);
        assertThat(failures).isEmpty();
        assertThat(requests.get()).isGreaterThan(1_000);
        Await.until("nothing is in flight", () -> reported().inFlight().isEmpty());
    }

    @Test
    void tries_another_instance_of_the_cluster_when_one_is_gone() {
        FakeInstance second = keep(new FakeInstance("A", "a-2"));
        consul.register("shop-web", a.as("shop", "web"), second.as("shop", "web"), b.as("shop", "web"));
        R router = routing(Tables.seed(1));
        SortedMap<String, Integer> answers = new TreeMap<>();
        a.close();
        for (int i = 0; i < 50; i++) {
            HttpResponse<String> response = send(to(router, "/")
                    .POST(HttpRequest.BodyPublishers.ofString("order " + i))
                    .build());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            answers.merge(response.headers().firstValue("X-Instance").orElse(""), 1, Integer::sum);
        }
        assertThat(answers).containsOnlyKeys("a-2");
        second.close();
        HttpResponse<String> none = get(router, "/");
        assertProblem(none, 503, "UPSTREAM_UNAVAILABLE");
        assertThat(none.headers().firstValue("X-Tricolor-Cluster")).hasValue("A");
        assertThat(b.served.get()).as("never another cluster").isZero();
        Await.until("nothing is in flight", () -> reported().inFlight().isEmpty());
    }

    @Test
    void registers_anew_when_it_was_evicted_though_it_is_alive() {
        routing(Tables.seed(1));
        Await.until("report", () -> reported().version() == 1);
        String boot = strategy.lastReport().bootId();
        strategy.evictedBoot = boot;
        Await.until("another boot", () -> !strategy.lastReport().bootId().equals(boot));
        assertThat(strategy.lastReport().routerId()).isEqualTo("r1");
        assertThat(reported().version()).isEqualTo(1);
    }

    @Test
    void sends_a_request_again_when_its_connection_broke_only_if_that_is_safe() {
        BrokenInstance broken = keep(new BrokenInstance());
        consul.register(
                "shop-web",
                a.as("shop", "web"),
                new FakeConsul.Instance("shop", "web", "A", "a-broken", broken.port()));
        R router = routing(Tables.seed(1));
        while (broken.requests.get() < 5) {
            assertThat(cluster(get(router, "/"))).isEqualTo("A");
        }
        int before = broken.requests.get();
        int failed = 0;
        for (int i = 0; i < 60; i++) {
            HttpResponse<String> response = send(order(router, "/"));
            if (response.statusCode() != 200) {
                assertProblem(response, 502, "UPSTREAM_RESET");
                failed++;
            }
        }
        assertThat(failed).as("each was sent once").isPositive().isEqualTo(broken.requests.get() - before);
    }

    @Test
    void a_stop_lets_requests_end_before_it_signs_off() {
        R router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> slow = sendAndGoOn(order(router, "/?gate=stop"));
        Await.until("it has reached A", () -> !a.headers.isEmpty());
        Thread stopping = Thread.startVirtualThread(router::close);
        int reports = strategy.reports.size();
        Await.until("it still reports", () -> strategy.reports.size() > reports + 3);
        assertThat(reported().inFlight()).isEqualTo(Map.of("A", 1));
        assertThat(strategy.signedOff).isEmpty();
        FakeInstance.open("stop");
        assertThat(slow.join().body()).isEqualTo("A POST 5");
        join(stopping);
        assertThat(strategy.signedOff).containsExactly("r1");
    }

    @Test
    void reads_ids_in_headers_as_utf_8() throws IOException {
        R router = routing(Tables.table(
                1,
                1,
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("Zo\u00eb"), List.of(), null)))));
        URI url = URI.create(router.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\nX-User-Id: Zo\u00eb\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("X-Tricolor-Cluster: B");
        }
    }

    @Test
    void reads_cookies_of_all_lines_and_parts_them_by_semicolons_alone() throws IOException {
        R router = routing(Tables.table(
                1,
                1,
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("1", "a,b"), List.of(), null)))));
        Map<String, String> cookies = new TreeMap<>(Map.of(
                "Cookie: session=abc\r\nCookie: userId=1", "B",
                "Cookie: userId=a,b", "B",
                "Cookie: userId=a, userId=1", "A",
                "Cookie: userId=\"1\"", "B",
                "Cookie: userId=; userId=1", "B",
                "Cookie: USERID=1", "A",
                "Cookie: xuserId=1; userId=2\r\nCookie: userId=1", "A",
                "Cookie: a;userId = 1 ;b", "B"));
        for (Map.Entry<String, String> cookie : cookies.entrySet()) {
            try (RawClient raw = new RawClient(router.url(), 10_000)) {
                raw.send("GET / HTTP/1.1\r\nHost: x\r\n" + cookie.getKey() + "\r\n\r\n");
                assertThat(raw.read("GET").header("X-Tricolor-Cluster"))
                        .as(cookie.getKey())
                        .isEqualTo(cookie.getValue());
            }
        }
    }

    @Test
    void takes_a_path_as_it_stands_in_the_request_line() throws IOException {
        strategy.publish(Tables.table("bars", 1, "/bars", "A"));
        consul.register("bars-web", new FakeConsul.Instance("bars", "web", "A", "bars-1", a.port()));
        R router = router();
        Await.until("the group is routed", () -> status(router, "/bars/a?q=1") == 200);
        assertThat(status(router, "/%62ars/x")).as("nothing is decoded").isEqualTo(404);
    }

    private static int status(StartedRouter router, String target) {
        try (RawClient raw = new RawClient(router.url(), 10_000)) {
            raw.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
            return raw.read("GET").status();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void finds_the_keys_of_users_by_the_openid_configuration_of_their_issuer_and_follows_their_rotation() {
        FakeIdentityProvider provider = keep(new FakeIdentityProvider())
                .add("rsa", "RS256")
                .add("pss", "PS256")
                .add("elliptic", "ES256");
        String jwt = "--tricolor." + kind() + ".jwt.";
        R router = routing(
                Tables.byClaim(1, "account.id"),
                jwt + "issuer=" + provider.issuer(),
                jwt + "audience=shop",
                jwt + "refresh-pause=100ms");
        Map<String, Object> claims = Map.of("aud", List.of("shop", "bank"), "account", Map.of("id", 42));
        for (String key : List.of("rsa", "pss", "elliptic")) {
            Await.until(
                    key, () -> clusterOf(router, provider.token(key, claims)).equals("B"));
        }
        assertThat(clusterOf(router, provider.token("rsa", Map.of("account", Map.of("id", 42)))))
                .as("for somebody else")
                .isEqualTo("A");
        Map<String, Object> foreign = new TreeMap<>(claims);
        foreign.put("iss", provider.issuer() + "2");
        assertThat(clusterOf(router, provider.token("rsa", foreign)))
                .as("of another issuer")
                .isEqualTo("A");

        provider.add("new", "ES256");
        provider.withdraw("rsa");
        Await.until(
                "the new key counts",
                () -> clusterOf(router, provider.token("new", claims)).equals("B"));
        Map<String, Object> later = new TreeMap<>(claims);
        later.put("jti", "later");
        assertThat(clusterOf(router, provider.token("rsa", later)))
                .as("by a key that is withdrawn")
                .isEqualTo("A");
    }

    private String clusterOf(R router, String token) {
        return cluster(get(router, "/", "Authorization", "Bearer " + token));
    }

    @Test
    void closes_its_port_of_operations_to_whoever_may_not_look() {
        FakeIdentityProvider provider = keep(new FakeIdentityProvider()).add("one", "PS256");
        R router = router(
                "--tricolor.security.closed=true",
                "--tricolor.security.issuer=" + provider.issuer(),
                "--tricolor.security.roles-claim=realm_access.roles",
                "--tricolor.security.role-mapping.[/release/watchers]=viewer",
                "--tricolor.security.role-mapping.machines=service,router",
                "--tricolor.security.role-mapping.edges=router",
                "--tricolor.security.refresh-pause=100ms");
        String metrics = router.managementUrl() + "/metrics";
        assertProblem(get(metrics), 401, "UNAUTHENTICATED");
        assertThat(get(metrics).headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        for (String role : List.of("/release/watchers", "machines")) {
            String good = provider.token("one", roles(role));
            Await.until(
                    "it knows the keys",
                    () -> get(metrics, "Authorization", "Bearer " + good).statusCode() == 200);
            assertThat(get(metrics, "Authorization", "Bearer " + good).body()).contains("tricolor_" + kind() + "_");
        }
        for (String role : List.of("admin", "viewer", "edges")) {
            assertProblem(
                    get(metrics, "Authorization", "Bearer " + provider.token("one", roles(role))), 403, "FORBIDDEN");
        }
        for (Map<String, ?> wrong : List.of(
                Map.of("exp", 1),
                Map.of("exp", "-"),
                Map.of("sub", "-"),
                Map.of("sub", " "),
                Map.of("aud", "others"),
                Map.of("iss", "tricolor"))) {
            Map<String, Object> claims = new TreeMap<>(roles("/release/watchers"));
            claims.putAll(wrong);
            assertProblem(
                    get(metrics, "Authorization", "Bearer " + provider.token("one", claims)), 401, "UNAUTHENTICATED");
        }
        String health = router.managementUrl() + "/actuator/health";
        for (String part : List.of("", "/liveness", "/readiness")) {
            assertThat(get(health + part).body()).contains("\"UP\"");
            assertThat(get(health + part, "Authorization", "Bearer x.y.z").body())
                    .contains("\"UP\"");
        }

        provider.add("two", "ES256");
        provider.withdraw("one");
        String rotated = provider.token("two", roles("machines"));
        Await.until(
                "the new key counts",
                () -> get(metrics, "Authorization", "Bearer " + rotated).statusCode() == 200);
        Map<String, Object> later = new TreeMap<>(roles("machines"));
        later.put("jti", "later");
        assertProblem(get(metrics, "Authorization", "Bearer " + provider.token("one", later)), 401, "UNAUTHENTICATED");
    }

    private static Map<String, Object> roles(String role) {
        return Map.of("realm_access", Map.of("roles", List.of("nobody", role)));
    }
}
