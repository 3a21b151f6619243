package io.tricolor.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.TestTokens;
import io.tricolor.strategy.StrategyServiceIT.ObedientDeployer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What routers are given: the service on a real PostgreSQL and a real Kafka, two routers that the tests move by hand,
 * a registry that only keeps keys.
 */
class RouterConfigurationIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final TestTokens TOKENS = TestTokens.create();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String MANIFEST = """
        {"version":"%s","services":[{"name":"web","artifact":{"type":"file","uri":"file:/srv/shop.jar","sha256":"%s"},
         "args":["java","-jar","shop.jar"]}]}\
        """;

    private static final Router R1 = new Router("edge-1");
    private static final Router R2 = new Router("edge-2");

    private static ConfigurableApplicationContext service;
    private static RegistryStub registry;
    private static URI base;

    @BeforeAll
    static void start() throws Exception {
        registry = new RegistryStub();
        service = new SpringApplicationBuilder(StrategyService.class, ObedientDeployer.class, CheckedAnswers.class)
                .web(WebApplicationType.REACTIVE)
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + SharedEngines.freshDatabase("releases"),
                        "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.consul.url=" + registry.url(),
                        "--tricolor.security.public-key=" + TOKENS.publicKey());
        base = URI.create("http://127.0.0.1:" + service.getEnvironment().getProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        service.close();
        registry.close();
        CheckedAnswers.assertThatAllFitted();
    }

    @Test
    void gives_a_table_to_one_router_then_to_all_and_takes_it_back() throws Exception {
        long one = serving("tried");
        put("tried", "", "{\"mode\":\"PINNED\",\"reason\":\"slowly\"}");
        strategy("tried", "Y");
        long two = one + 1;
        JsonNode pinned = get("/api/groups/tried/router-configuration");
        assertThat(pinned.get("mode").asString()).isEqualTo("PINNED");
        assertThat(pinned.get("version").asLong()).isEqualTo(one);
        assertThat(pinned.get("newest").asLong()).isEqualTo(two);
        assertThat(get("/api/route-tables/tried").get("version").asLong()).isEqualTo(one);
        JsonNode diff = get("/api/route-tables/tried/diff");
        assertThat(diff.get("from").asLong()).isEqualTo(one);
        assertThat(diff.at("/clusters/A/status/from").asString()).isEqualTo("GREEN");
        assertThat(diff.at("/clusters/A/status/to").asString()).isEqualTo("YELLOW");

        CompletableFuture<String> first = R1.waits("tried");
        CompletableFuture<String> second = R2.waits("tried");
        post("tried", "/canary", "{\"router\":\"edge-1\",\"reason\":\"look at it on edge-1\"}");
        assertThat(JSON.readTree(first.join()).get("version").asLong()).isEqualTo(two);
        assertThat(second).isNotDone();
        assertThat(listed("tried", "edge-1")).isEqualTo(two);
        assertThat(listed("tried", "edge-2")).isEqualTo(one);
        assertThat(listed("tried", null)).isEqualTo(one);
        R1.follow("tried");
        R2.follow("tried");
        JsonNode live = get("/api/groups/tried/router-configuration").get("live");
        assertThat(live).hasSize(2);
        assertThat(live.get(0).get("toRun").asLong()).isEqualTo(two);
        assertThat(live.get(0).at("/runs/version").asLong()).isEqualTo(two);
        assertThat(live.get(1).get("toRun").asLong()).isEqualTo(one);
        assertThat(live.get(1).at("/runs/version").asLong()).isEqualTo(one);
        assertThat(live.get(1).get("heldBack").asBoolean()).isTrue();
        awaitMetric("tricolor_router_configuration_pinned", "tried", 1);
        awaitMetric("tricolor_routers_held_back", "tried", 1);
        assertThat(registry.version("tried")).isEqualTo(one);
        refused(put("/api/groups/tried/router-configuration", """
            {"mode":"PINNED","version":%d,"reason":"back"}\
            """.formatted(one)), 409, "ROUTE_TABLE_SUPERSEDED");

        HttpRequest release = request("/api/groups/tried/router-configuration/release", "olga", "operator")
                .header("Idempotency-Key", "release-1")
                .POST(BodyPublishers.ofString("{\"reason\":\"edge-1 is fine\"}"))
                .build();
        HttpResponse<String> released = HTTP.send(release, BodyHandlers.ofString());
        assertThat(released.statusCode()).as(released.body()).isEqualTo(200);
        HttpResponse<String> again = HTTP.send(release, BodyHandlers.ofString());
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.headers().firstValue("ETag"))
                .isEqualTo(released.headers().firstValue("ETag"));
        assertThat(JSON.readTree(second.join()).get("version").asLong()).isEqualTo(two);
        await().atMost(PATIENCE).until(() -> registry.version("tried") == two);

        post("tried", "/rollback", """
            {"version":%d,"reason":"it was not fine"}\
            """.formatted(one));
        long three = two + 1;
        R1.follow("tried");
        R2.follow("tried");
        assertThat(R1.versions).containsEntry("tried", three);
        assertThat(R2.versions).containsEntry("tried", three);
        assertThat(get("/api/route-tables/tried").at("/clusters/A/status").asString())
                .isEqualTo("GREEN");
        assertThat(get("/api/route-tables/tried/diff?from=" + one + "&to=" + three)
                        .get("equal")
                        .asBoolean())
                .isTrue();
        await().atMost(PATIENCE).until(() -> registry.version("tried") == three);
        awaitMetric("tricolor_routers_held_back", "tried", 0);

        JsonNode versions = get("/api/route-tables/tried/versions?limit=2");
        assertThat(versions.at("/versions/0/version").asLong()).isEqualTo(three);
        assertThat(versions.at("/versions/0/actor").asString()).isEqualTo("olga");
        assertThat(versions.at("/versions/0/reason").asString()).isEqualTo("it was not fine");
        assertThat(versions.at("/versions/0/title").asString()).isEqualTo("as in table " + one + ": it was not fine");
        assertThat(versions.get("next").asLong()).isEqualTo(two);
        JsonNode earlier = get("/api/route-tables/tried/versions?before=" + two);
        assertThat(earlier.at("/versions/0/version").asLong()).isEqualTo(one);
        assertThat(earlier.at("/versions/0/upgradeId").asString()).startsWith("up-");
        assertThat(get("/api/route-tables/tried/versions/" + two)
                        .at("/clusters/A/status")
                        .asString())
                .isEqualTo("YELLOW");
        long sequence = versions.at("/versions/1/sequence").asLong();
        assertThat(get("/api/groups/tried/state?sequence=" + sequence)
                        .get("tableVersion")
                        .asLong())
                .isEqualTo(two);

        assertThat(get("/api/groups/tried/history?limit=500").get("events")).anySatisfy(line -> {
            assertThat(line.get("type").asString()).isEqualTo("cluster-group.router-configuration-changed");
            assertThat(line.get("reason").asString()).isEqualTo("look at it on edge-1");
            assertThat(line.at("/event/routers/edge-1").asLong()).isEqualTo(two);
        });
        assertThat(get("/api/groups/tried/rebuild").get("differences")).isEmpty();
    }

    @Test
    void holds_an_upgrade_while_routers_are_pinned_and_says_so() throws Exception {
        long one = serving("holding");
        put("holding", "", "{\"mode\":\"PINNED\",\"reason\":\"no changes today\"}");
        upgrade("holding", "SWITCH", "B", "2");
        String release = "/upgrade/missing/release of table " + epoch("holding").replace("/", "~1") + "~1" + (one + 1);
        moveUntil("holding", view -> !view.at(release).isMissingNode());
        JsonNode waiting = get("/api/groups/holding");
        assertThat(waiting.at(release).asString()).contains("pinned at", "release the table or let routers follow");
        assertThat(waiting.at("/upgrade/missing/table of edge-1").asString()).contains("pinned at");
        assertThat(waiting.at("/upgrade/missing/table of edge-2").asString()).contains("pinned at");
        assertThat(waiting.at("/routerConfiguration/version").asLong()).isEqualTo(one);
        assertThat(get("/api/groups/holding/router-configuration")
                        .get("holdsUpgrade")
                        .asString())
                .startsWith("up-");

        post(
                "holding",
                "/canary",
                "{\"routers\":[\"edge-1\",\"edge-2\"],\"reason\":\"both, but not who comes later\"}");
        moveUntil("holding", view -> view.at("/upgrade/missing").size() == 1);
        assertThat(get("/api/groups/holding").at(release).isMissingNode()).isFalse();
        assertThat(get("/api/groups/holding").at("/clusters/A/instances/web").asInt())
                .isPositive();

        put("holding", "", "{\"mode\":\"FOLLOW\",\"reason\":\"go on\"}");
        moveUntil("holding", view -> !view.has("upgrade"));
        assertThat(get("/api/groups/holding").at("/clusters/B/status").asString())
                .isEqualTo("GREEN");
        assertThat(get("/api/groups/holding").at("/clusters/A/instances/web").asInt())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT | | {\"reason\":\"x\"} | 400 | INVALID_ARGUMENT",
                "PUT | | {\"mode\":\"PINNED\"} | 400 | INVALID_ARGUMENT",
                "PUT | | {\"mode\":\"SOMETIMES\",\"reason\":\"x\"} | 400 | INVALID_ARGUMENT",
                "PUT | | {\"mode\":\"FOLLOW\",\"version\":1,\"reason\":\"x\"} | 400 | INVALID_ARGUMENT",
                "PUT | | {\"mode\":\"PINNED\",\"version\":99,\"reason\":\"x\"} | 404 | ROUTE_TABLE_NOT_FOUND",
                "PUT | | {\"mode\":\"PINNED\",\"routers\":{\"nobody\":1},\"reason\":\"x\"} | 404 | ROUTER_NOT_FOUND",
                "PUT | | {\"mode\":\"PINNED\",\"routers\":{\"edge-1\":null},\"reason\":\"x\"} | 400 | INVALID_ARGUMENT",
                "POST | /canary | {\"router\":\"nobody\",\"reason\":\"x\"} | 404 | ROUTER_NOT_FOUND",
                "POST | /canary | {\"router\":\"edge-1\",\"reason\":\"x\"} | 409 | ROUTERS_NOT_PINNED",
                "POST | /release | {\"version\":1,\"reason\":\"x\"} | 409 | ROUTERS_NOT_PINNED",
                "POST | /rollback | {\"reason\":\"x\"} | 400 | INVALID_ARGUMENT",
                "POST | /rollback | {\"version\":99,\"reason\":\"x\"} | 404 | ROUTE_TABLE_NOT_FOUND",
                "POST | /rollback | {\"version\":1} | 400 | INVALID_ARGUMENT",
                "GET | /api/route-tables/odd/versions?limit=0 | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/route-tables/none/versions | '' | 404 | GROUP_NOT_FOUND",
                "GET | /api/route-tables/odd/versions/99 | '' | 404 | ROUTE_TABLE_NOT_FOUND",
                "GET | /api/route-tables/odd/versions/x | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/route-tables/odd/diff?from=99 | '' | 404 | ROUTE_TABLE_NOT_FOUND"
            })
    void answers_nonsense_with_a_problem_and_stores_nothing(
            String method, @Nullable String path, String body, int status, String code) throws Exception {
        if (get("/api/groups/odd", "vera", "viewer").statusCode() == 404) {
            serving("odd");
        }
        long before = get("/api/groups/odd").get("version").asLong();
        String rest = path == null ? "" : path;
        String whole = rest.startsWith("/api") ? rest : "/api/groups/odd/router-configuration" + rest;
        HttpResponse<String> answer = HTTP.send(
                request(whole, "olga", "operator")
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        refused(answer, status, code);
        assertThat(get("/api/groups/odd").get("version").asLong()).isEqualTo(before);
    }

    @Test
    void asks_for_an_operator_and_the_version_that_was_looked_at() throws Exception {
        serving("locked");
        String path = "/api/groups/locked/router-configuration";
        String pin = "{\"mode\":\"PINNED\",\"reason\":\"x\"}";
        refused(
                HTTP.send(
                        request(path, "vera", "viewer")
                                .PUT(BodyPublishers.ofString(pin))
                                .build(),
                        BodyHandlers.ofString()),
                403,
                "FORBIDDEN");
        refused(get(path, "edge-1", "router"), 403, "FORBIDDEN");
        refused(
                HTTP.send(
                        request(path, "olga", "operator")
                                .header("If-Match", "\"0\"")
                                .PUT(BodyPublishers.ofString(pin))
                                .build(),
                        BodyHandlers.ofString()),
                412,
                "VERSION_MISMATCH");
        assertThat(get("/api/route-tables/locked/versions", "edge-1", "router").statusCode())
                .isEqualTo(200);
    }

    @Test
    void tells_changes_after_a_position_and_everything_to_whoever_comes_from_another_store() throws Exception {
        serving("changing");
        JsonNode everything = R1.changes("");
        assertThat(everything.get("reset").asBoolean()).isFalse();
        assertThat(everything.get("complete").asBoolean()).isTrue();
        String document = document(everything, "changing");
        JsonNode told = everything
                .get("tables")
                .valueStream()
                .filter(table -> table.get("group").asString().equals("changing"))
                .findFirst()
                .orElseThrow();
        assertThat(told.get("sha256").asString())
                .isEqualTo(TableIdentity.sha256(document.getBytes(StandardCharsets.UTF_8)));
        assertThat(get("/api/route-tables/changing", "edge-1", "router").body()).isEqualTo(document);
        assertThat(registry.document("changing")).isEqualTo(document);

        String cursor = everything.get("cursor").asString();
        JsonNode nothing = R1.changes("&since=" + cursor);
        assertThat(nothing.get("tables")).isEmpty();
        assertThat(nothing.get("complete").asBoolean()).isTrue();
        JsonNode foreign = R1.changes("&since=" + cursor.replaceFirst("\\.[^.]+\\.", ".another-event."));
        assertThat(foreign.get("reset").asBoolean()).isTrue();
        assertThat(document(foreign, "changing")).isEqualTo(document);
        assertThat(R1.changes("&since=nonsense").get("reset").asBoolean()).isTrue();

        strategy("changing", "Y");
        await().atMost(PATIENCE)
                .until(() -> !R1.changes("&since=" + cursor).get("tables").isEmpty());
        JsonNode changed = R1.changes("&since=" + cursor);
        assertThat(changed.get("tables")).hasSize(1);
        assertThat(document(changed, "changing")).contains("YELLOW");
    }

    @Test
    void tells_the_end_of_a_group_by_a_table_that_says_so_here_and_in_the_registry() throws Exception {
        HttpResponse<String> created = HTTP.send(
                request("/api/groups", "olga", "operator")
                        .POST(BodyPublishers.ofString("""
                            {"groupId":"ending","application":"shop","environment":"test","clusters":["A"],
                             "entries":[{"pathPrefix":"/ending","service":"web"}]}"""))
                        .build(),
                BodyHandlers.ofString());
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        HttpResponse<String> deleted = HTTP.send(
                request("/api/groups/ending?reason=over", "olga", "operator")
                        .DELETE()
                        .build(),
                BodyHandlers.ofString());
        assertThat(deleted.statusCode()).as(deleted.body()).isIn(200, 204);
        HttpResponse<String> table = get("/api/route-tables/ending", "edge-1", "router");
        assertThat(table.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(table.body()).get("deleted").asBoolean()).isTrue();
        await().atMost(PATIENCE).until(() -> document(R1.changes(""), "ending").equals(table.body()));
        await().atMost(PATIENCE).until(() -> registry.document("ending").equals(table.body()));
    }

    @Test
    void repairs_the_copy_in_the_registry_when_it_is_gone_older_or_another() throws Exception {
        long one = serving("copied");
        await().atMost(PATIENCE).until(() -> registry.document("copied").contains("\"version\":" + one));
        String document = registry.document("copied");
        for (String instead : new String[] {null, document.replace("GREEN", "YELLOW"), "no table"}) {
            registry.lose("copied", instead);
            await().atMost(PATIENCE).until(() -> registry.document("copied").equals(document));
        }
        strategy("copied", "Y");
        await().atMost(PATIENCE).until(() -> registry.version("copied") == one + 1);
        String newer = registry.document("copied");
        registry.lose("copied", document);
        await().atMost(PATIENCE).until(() -> registry.document("copied").equals(newer));
    }

    @Test
    void explains_the_past_by_what_each_router_had_applied_then() throws Exception {
        long old = serving("past");
        Instant before = Instant.now();
        strategy("past", "YELLOW");
        R2.follow("past");
        long newer = R2.versions.get("past");
        assertThat(newer).isGreaterThan(old);
        String question = "/api/groups/past/explanation?id=42";
        JsonNode now = get(question).get("routers");
        assertThat(now.valueStream()
                        .map(router -> router.get("router").asString() + " "
                                + router.get("version").asLong() + " "
                                + router.get("cluster").asString() + " "
                                + router.get("status").asString() + " "
                                + router.get("reason").asString()))
                .containsExactly("edge-1 " + old + " A GREEN ALL", "edge-2 " + newer + " A YELLOW ALL");
        assertThat(now.get(0).get("instances").get("A").asInt()).isPositive();
        JsonNode then = get(question + "&router=edge-2&at=" + before).get("routers");
        assertThat(then).hasSize(1);
        assertThat(then.get(0).get("version").asLong()).isEqualTo(old);
        assertThat(then.get(0).get("status").asString()).isEqualTo("GREEN");
        assertThat(then.get(0).get("possible").get(0).asString()).isEqualTo("A");
        assertThat(Instant.parse(then.get(0).get("since").asString())).isBefore(before);

        // A router that restores another group's past, or made its table up, proves nothing.
        R2.hashes.put("past", "f".repeat(64));
        R2.report();
        JsonNode madeUp = get(question + "&router=edge-2").get("routers").get(0);
        assertThat(madeUp.get("tableKnown").asBoolean()).isFalse();
        assertThat(madeUp.has("cluster")).isFalse();
        R2.follow("past");
        assertThat(get(question + "&router=edge-2")
                        .get("routers")
                        .get(0)
                        .get("tableKnown")
                        .asBoolean())
                .isTrue();

        refused(get(question + "&router=nobody", "vera", "viewer"), 404, "ROUTER_NOT_FOUND");
        refused(get("/api/groups/past/explanation?id=%20", "vera", "viewer"), 400, "INVALID_ID");
        refused(get(question + "&at=2999-01-01T00:00:00Z", "vera", "viewer"), 400, "INVALID_ARGUMENT");
        refused(get("/api/groups/never/explanation", "vera", "viewer"), 404, "GROUP_NOT_FOUND");
    }

    @Test
    void keeps_of_the_past_of_a_router_as_much_as_is_said_and_only_what_changed() throws Exception {
        serving("worn");
        JdbcClient jdbc = service.getBean(JdbcClient.class);
        String count = "select count(*) from router_ack where group_id = 'worn' and router_id = 'edge-1'";
        long kept = jdbc.sql(count).query(Long.class).single();
        R1.report();
        assertThat(jdbc.sql(count).query(Long.class).single())
                .as("nothing has changed")
                .isEqualTo(kept);
        jdbc.sql("""
                insert into router_ack (group_id, router_id, boot_id, at, epoch, version, sha256, usable)
                select 'worn', 'edge-1', 'boot-1', now() - interval '1 day', 0, 1, '', '{}' from generate_series(1, 300)
                """).update();
        jdbc.sql("""
                insert into router_ack (group_id, router_id, boot_id, at, epoch, version, sha256, usable)
                values ('worn', 'gone', 'boot-1', now() - interval '91 days', 0, 1, '', '{}')
                """).update();
        R1.report();
        assertThat(jdbc.sql(count).query(Long.class).single())
                .as("not changed by its groups")
                .isEqualTo(kept + 300);
        strategy("worn", "YELLOW");
        R1.follow("worn");
        assertThat(jdbc.sql(count).query(Long.class).single()).isEqualTo(100);
        assertThat(jdbc.sql("select count(*) from router_ack where router_id = 'gone'")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    @Test
    void knows_of_a_router_what_its_reports_come_to_and_asks_for_all_when_it_does_not() throws Exception {
        assertThat(reported("boot-1", 5, 0, false, "a").get("resync").asBoolean())
                .as("a boot begins with a full round")
                .isTrue();
        assertThat(reported("boot-1", 6, 1, false, "a", "b").get("resync").asBoolean())
                .isFalse();
        assertThat(groupsOf("edge-9")).containsExactly("a", "b");
        reported("boot-1", 7, 1, true, "c");
        reported("boot-1", 8, 0, false, "d");
        assertThat(groupsOf("edge-9")).as("nothing is forgotten between rounds").containsExactly("a", "b", "c", "d");
        reported("boot-1", 8, 2, true);
        assertThat(groupsOf("edge-9")).as("the sequence did not rise").containsExactly("a", "b", "c", "d");
        reported("boot-1", 9, 2, false, "a");
        reported("boot-1", 10, 2, true, "d");
        assertThat(groupsOf("edge-9")).as("in no part of the round").containsExactly("a", "d");
        reported("boot-2", 1, 1, true, "a");
        assertThat(groupsOf("edge-9")).as("of the boot before").containsExactly("a");
        HttpResponse<String> signedOff = HTTP.send(
                request("/api/routers/edge-9", "edge-9", "router").DELETE().build(), BodyHandlers.ofString());
        assertThat(signedOff.statusCode()).isEqualTo(204);
        assertThat(get("/api/routers").get("routers").valueStream())
                .noneMatch(router -> router.at("/report/routerId").asString().equals("edge-9"));
    }

    @Test
    void takes_reports_and_sign_offs_of_a_router_from_itself_alone() throws Exception {
        reported("boot-1", 1, 1, true, "a");
        String body = JSON.writeValueAsString(Map.of(
                "routerId",
                "edge-9",
                "bootId",
                "evil",
                "kind",
                "test",
                "sequence",
                1,
                "round",
                1,
                "last",
                true,
                "groups",
                Map.of()));
        for (String[] other : new String[][] {{"edge-1", "router"}, {"edge", "router"}, {"edge-9", "admin"}}) {
            HttpResponse<String> report = HTTP.send(
                    request("/api/routers/edge-9", other[0], other[1])
                            .PUT(BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
            refused(report, 403, "FORBIDDEN");
            HttpResponse<String> signOff = HTTP.send(
                    request("/api/routers/edge-9", other[0], other[1]).DELETE().build(), BodyHandlers.ofString());
            refused(signOff, 403, "FORBIDDEN");
        }
        assertThat(groupsOf("edge-9")).containsExactly("a");
        assertThat(HTTP.send(
                                request("/api/routers/edge-9.boot7", "edge-9", "router")
                                        .PUT(BodyPublishers.ofString(body.replace("\"edge-9\"", "\"edge-9.boot7\"")))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .as("a part of the id that the router makes itself")
                .isEqualTo(200);
        for (String id : new String[] {"edge-9.boot7", "edge-9"}) {
            assertThat(HTTP.send(
                                    request("/api/routers/" + id, "edge-9", "router")
                                            .DELETE()
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(204);
        }
    }

    @Test
    void lists_routers_with_their_groups_in_pages_and_those_of_one_group() throws Exception {
        serving("paged");
        Map<String, Set<String>> whole = new TreeMap<>();
        get("/api/routers").get("routers").valueStream().forEach(router -> gather(router, whole));
        Map<String, Set<String>> pages = new TreeMap<>();
        String next = "";
        do {
            JsonNode page = get("/api/routers?limit=2" + (next.isEmpty() ? "" : "&after=" + next));
            int rows = page.get("routers")
                    .valueStream()
                    .mapToInt(router -> Math.max(1, gather(router, pages)))
                    .sum();
            assertThat(rows).isLessThanOrEqualTo(2);
            next = page.path("next").asString("");
        } while (!next.isEmpty());
        assertThat(pages).isEqualTo(whole);
        assertThat(pages).containsKeys("edge-1", "edge-2");

        JsonNode first = get("/api/groups/paged/routers?limit=1");
        assertThat(first.at("/routers/0/routerId").asString()).isEqualTo("edge-1");
        assertThat(first.at("/routers/0/report/version").asLong()).isEqualTo(R1.versions.get("paged"));
        JsonNode second = get(
                "/api/groups/paged/routers?limit=1&after=" + first.get("next").asString());
        assertThat(second.at("/routers/0/routerId").asString()).isEqualTo("edge-2");
        refused(get("/api/routers?limit=0", "vera", "viewer"), 400, "INVALID_ARGUMENT");
        refused(get("/api/groups/paged/routers?limit=501", "vera", "viewer"), 400, "INVALID_ARGUMENT");
        refused(get("/api/groups/nobody/routers", "vera", "viewer"), 404, "GROUP_NOT_FOUND");
    }

    private static int gather(JsonNode router, Map<String, Set<String>> groups) {
        Collection<String> names = router.at("/report/groups").propertyNames();
        groups.computeIfAbsent(router.at("/report/routerId").asString(), id -> new TreeSet<>())
                .addAll(names);
        return names.size();
    }

    private static JsonNode reported(String boot, long sequence, long round, boolean last, String... groups)
            throws Exception {
        Map<String, Object> said = new TreeMap<>();
        for (String group : groups) {
            said.put(group, Map.of("epoch", 1, "version", 1, "sha256", "1".repeat(64), "incomplete", false));
        }
        HttpResponse<String> answer = HTTP.send(
                request("/api/routers/edge-9", "edge-9", "router")
                        .PUT(BodyPublishers.ofString(JSON.writeValueAsString(Map.of(
                                "routerId", "edge-9",
                                "bootId", boot,
                                "kind", "test",
                                "sequence", sequence,
                                "round", round,
                                "last", last,
                                "groups", said))))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static Set<String> groupsOf(String router) throws Exception {
        return get("/api/routers")
                .get("routers")
                .valueStream()
                .filter(known -> known.at("/report/routerId").asString().equals(router))
                .findFirst()
                .orElseThrow()
                .at("/report/groups")
                .propertyNames()
                .stream()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    // ---- the other side

    /** A router that does something only when it is told to. */
    private static final class Router {

        private final String id;
        private final Map<String, Long> epochs = new ConcurrentHashMap<>();
        private final Map<String, Long> versions = new ConcurrentHashMap<>();
        private final Map<String, String> hashes = new ConcurrentHashMap<>();
        private final AtomicLong sequences = new AtomicLong();

        Router(String id) {
            this.id = id;
        }

        /** Fetches and applies the table of a group if there is a newer one, and reports. */
        void follow(String group) throws Exception {
            HttpResponse<String> answer =
                    RouterConfigurationIT.get("/api/route-tables/" + group + "?router=" + id, id, "router");
            if (answer.statusCode() == 200) {
                String[] identity = answer.headers()
                        .firstValue("ETag")
                        .orElseThrow()
                        .replace("\"", "")
                        .split("\\.", 3);
                assertThat(identity[2])
                        .isEqualTo(TableIdentity.sha256(answer.body().getBytes(StandardCharsets.UTF_8)));
                epochs.put(group, Long.parseLong(identity[0]));
                versions.put(group, Long.parseLong(identity[1]));
                hashes.put(group, identity[2]);
            }
            report();
        }

        /** The document of a group that the next answer brings. */
        CompletableFuture<String> waits(String group) throws Exception {
            String cursor = changes("").get("cursor").asString();
            return HTTP.sendAsync(
                            request(poll("&wait=30s&since=" + cursor), id, "router")
                                    .GET()
                                    .build(),
                            BodyHandlers.ofString())
                    .thenApply(answer -> document(JSON.readTree(answer.body()), group));
        }

        JsonNode changes(String since) throws Exception {
            return JSON.readTree(RouterConfigurationIT.get(poll("&wait=0s" + since), id, "router")
                    .body());
        }

        private String poll(String rest) {
            return "/api/route-tables/changes?router=" + id + rest;
        }

        private void report() throws Exception {
            Map<String, Object> groups = new TreeMap<>();
            versions.forEach((group, version) -> groups.put(
                    group,
                    Map.of(
                            "epoch",
                            epochs.get(group),
                            "version",
                            version,
                            "sha256",
                            hashes.get(group),
                            "inFlight",
                            Map.of(),
                            "inFlightInstances",
                            Map.of(),
                            "usableInstances",
                            Map.of("A", usable(group, "A"), "B", usable(group, "B")),
                            "incomplete",
                            false)));
            long sequence = sequences.incrementAndGet();
            String body = JSON.writeValueAsString(Map.of(
                    "routerId",
                    id,
                    "bootId",
                    "boot-1",
                    "kind",
                    "test",
                    "sequence",
                    sequence,
                    "round",
                    sequence,
                    "last",
                    true,
                    "groups",
                    groups));
            HttpResponse<String> answer = HTTP.send(
                    request("/api/routers/" + id, id, "router")
                            .PUT(BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(JSON.readTree(answer.body()).get("resync").asBoolean()).isFalse();
        }

        private static Map<String, Set<String>> usable(String group, String cluster) {
            return Map.of("web", ObedientDeployer.INSTANCES.getOrDefault(group + "/" + cluster, Set.of()));
        }
    }

    // ---- calls

    /** A group whose cluster A serves, with both routers at its table; the version of that. */
    private static long serving(String group) throws Exception {
        HttpResponse<String> created = HTTP.send(
                request("/api/groups", "olga", "operator")
                        .POST(BodyPublishers.ofString("""
                            {"groupId":"%s","application":"shop","environment":"test","clusters":["A","B"],
                             "entries":[{"pathPrefix":"/%s","service":"web"}]}\
                            """.formatted(group, group)))
                        .build(),
                BodyHandlers.ofString());
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        upgrade(group, "INSTALL", "A", "1");
        moveUntil(group, view -> !view.has("upgrade"));
        return R1.versions.get(group);
    }

    private static void upgrade(String group, String mode, String to, String version) throws Exception {
        HttpResponse<String> begun = HTTP.send(
                request("/api/groups/" + group + "/upgrades", "olga", "operator")
                        .POST(BodyPublishers.ofString(
                                """
                                {"mode":"%s","to":"%s","manifest":%s,"reason":"release %s"}\
                                """.formatted(mode, to, MANIFEST.formatted(version, "a".repeat(64)), version)))
                        .build(),
                BodyHandlers.ofString());
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
    }

    private static void strategy(String group, String colour) throws Exception {
        HttpResponse<String> answer = put("/api/groups/" + group + "/route-strategy", """
            {"strategies":{"A":{"status":"%s","id":{"all":true}}},"reason":"by hand"}\
            """.formatted(colour));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    /** Lets both routers follow until the group's view is as wanted. */
    private static void moveUntil(String group, java.util.function.Predicate<JsonNode> wanted) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
            R1.follow(group);
            R2.follow(group);
            return wanted.test(get("/api/groups/" + group));
        });
    }

    private static String epoch(String group) throws Exception {
        return get("/api/groups/" + group).get("epoch").asString();
    }

    private static long listed(String group, @Nullable String router) throws Exception {
        return router == null
                ? get("/api/route-tables/" + group).get("version").asLong()
                : JSON.readTree(document((router.equals("edge-1") ? R1 : R2).changes(""), group))
                        .get("version")
                        .asLong();
    }

    private static String document(JsonNode changes, String group) {
        for (JsonNode table : changes.get("tables")) {
            if (table.get("group").asString().equals(group)) {
                return table.get("document").asString();
            }
        }
        throw new AssertionError(group + " is not in " + changes);
    }

    private static void awaitMetric(String name, String group, int value) {
        String line = name + "{group=\"" + group + "\",} " + value + ".0";
        await().atMost(PATIENCE)
                .until(() -> get("/metrics", "vera", "viewer").body().lines().anyMatch(line::equals));
    }

    private static void put(String group, String path, String body) throws Exception {
        HttpResponse<String> answer = put("/api/groups/" + group + "/router-configuration" + path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static void post(String group, String path, String body) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                request("/api/groups/" + group + "/router-configuration" + path, "olga", "operator")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("ETag")).isPresent();
    }

    private static HttpResponse<String> put(String path, String body) throws Exception {
        return HTTP.send(
                request(path, "olga", "operator")
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = get(path, "vera", "viewer");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static HttpResponse<String> get(String path, String actor, String... roles) throws Exception {
        return HTTP.send(request(path, actor, roles).GET().build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path, String actor, String... roles) {
        return HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(40))
                .header("Authorization", TOKENS.bearer(actor, roles))
                .header("Content-Type", "application/json");
    }

    private static void refused(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
    }
}
