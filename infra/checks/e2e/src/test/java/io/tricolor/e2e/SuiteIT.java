package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.standalone.cli.CommandLineInterface;
import io.tricolor.standalone.demo.Demo;
import io.tricolor.standalone.demo.DemoSummary;
import io.tricolor.standalone.demo.Exchange;
import io.tricolor.standalone.demo.Traffic;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Router;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The suite as {@code ./tricolor up} starts it, with the gateway as router. */
class SuiteIT extends SuiteScenarios {

    SuiteIT() {
        super(Router.GATEWAY);
    }

    @Override
    Stream<Kill> kills() {
        return Stream.of(
                new Kill("strategy", Moment.START, Lost.NONE),
                new Kill("local-marathon", Moment.START, Lost.NONE),
                new Kill("postgresql", Moment.START, Lost.NONE),
                new Kill("gateway", Moment.ROUTE, Lost.UNTIL_READY));
    }

    @Test
    @Order(2)
    void answers_the_commands_of_the_readme_as_the_readme_says(@TempDir Path directory) throws Exception {
        Files.writeString(
                directory.resolve("manifest.json"),
                JSON.writeValueAsString(
                        suite.get(Port.STRATEGY, "/api/groups/shop").at("/clusters/B/manifest")));
        Path home = suite.suite().home();
        ReadmeCommands readme = new ReadmeCommands(home.resolve("README.md"));
        assertThat(readme.commands()).hasSizeGreaterThan(6);
        readme.run(
                directory,
                Map.of(
                        "./tricolor token",
                        home.resolve("tricolor") + " token --data-dir "
                                + suite.suite().dataDir(),
                        "./tricolor group show",
                        people(home, "group show"),
                        "./tricolor explain",
                        people(home, "explain"),
                        "./tricolor history",
                        people(home, "history"),
                        "http://127.0.0.1:8400",
                        suite.url(Port.GATEWAY).toString(),
                        "http://127.0.0.1:8401",
                        suite.url(Port.STRATEGY).toString()));
        abort("shop");
    }

    /** A release by nothing but what a person types, each command a process of its own. */
    @Test
    @Order(3)
    void releases_by_the_command_line(@TempDir Path directory) throws Exception {
        TypedCommands typed = new TypedCommands(suite, directory);
        Path manifest = Files.writeString(
                directory.resolve("manifest.json"),
                JSON.writeValueAsString(
                                suite.get(Port.STRATEGY, "/api/groups/shop").at("/clusters/A/manifest"))
                        .replaceAll("\"instances\":[0-9]+", "\"instances\":1"));
        String release = "--manifest " + manifest + " --reason trial --wait --timeout 1m";
        typed.run(0, "group create typed --environment test --entry /typed=web");
        typed.run(0, "upgrade start typed --mode install --to A " + release);
        assertThat(typed.run(
                        4, "upgrade start typed --mode grayscale --stage one:ids=7:approval --as olivia " + release))
                .contains("waits for an approval");
        assertThat(typed.run(5, "approve typed --as olivia --reason x")).contains("APPROVER_IS_REQUESTER");
        assertThat(typed.run(0, "approve typed --as adam --reason x --wait --timeout 1m"))
                .contains("on B serves everybody");
        Files.writeString(
                directory.resolve("calm.yaml"),
                "{apiVersion: tricolor/v1, kind: PlanTemplate, group: typed, name: calm, mode: GRAYSCALE,"
                        + " stages: [{name: few, rule: {ids: [7, 8]}, approval: true, bakeTime: PT1S}]}");
        assertThat(typed.run(0, "apply -f calm.yaml")).contains("Template calm of typed: 1 change.");
        typed.run(0, "config set typed/test colour=green --reason trial");
        Files.writeString(
                directory.resolve("typed.yaml"),
                typed.run(0, "export typed --templates --freezes --config typed/test"));
        assertThat(typed.run(0, "apply -f typed.yaml"))
                .contains(
                        "Group typed: nothing to change.",
                        "Template calm of typed: nothing to change.",
                        "Freeze calendar: nothing to change.",
                        "Configuration typed/test: nothing to change.");
        releasesInAPipeline(typed, directory);
    }

    /** What the GitHub action and the job of GitLab run, on this suite. */
    private void releasesInAPipeline(TypedCommands typed, Path directory) throws Exception {
        Path pipelines = suite.suite().home().resolve("infra/suite/pipelines");
        JsonNode manifest = suite.get(Port.STRATEGY, "/api/groups/typed").at("/clusters/B/manifest");
        Files.writeString(
                directory.resolve("release.yaml"),
                JSON.writeValueAsString(
                        Map.of("group", "typed", "mode", "SWITCH", "reason", "by a pipeline", "manifest", manifest)));
        String action = script(Files.readString(pipelines.resolve("github/action.yml")), "      run: |\n");
        Map<String, String> settings = Map.of(
                "TRICOLOR_FILE", "release.yaml",
                "TRICOLOR_KEY", "github-7",
                "TRICOLOR_TIMEOUT", "1m",
                "GITHUB_OUTPUT", directory.resolve("outputs").toString());
        assertThat(typed.script(0, action, settings)).contains("serves everybody");
        assertThat(Files.readString(directory.resolve("outputs"))).isEqualTo("outcome=completed\n");
        String job = script(Files.readString(pipelines.resolve("gitlab/tricolor.yml")), "    - |\n");
        // The same pipeline again is answered with the same upgrade; another one begins another.
        assertThat(typed.script(0, action, settings)).contains("serves everybody");
        assertThat(typed.script(
                        0,
                        job,
                        Map.of(
                                "TRICOLOR_FILE", "release.yaml",
                                "TRICOLOR_TIMEOUT", "1m",
                                "CI_PROJECT_ID", "7",
                                "CI_PIPELINE_ID", "4711")))
                .contains("serves everybody");
        assertThat(suite.get(Port.STRATEGY, "/api/groups/typed/upgrades").get("upgrades"))
                .as("install, grayscale, one of the action, one of the job")
                .hasSize(4);
    }

    /** The lines of a block in a file of a pipeline, up to the first one that is not indented so far. */
    private static String script(String file, String begin) {
        String block = file.substring(file.indexOf(begin) + begin.length());
        int indent = block.indexOf(block.strip().charAt(0));
        StringBuilder script = new StringBuilder();
        for (String line : block.split("\n", -1)) {
            if (!line.isBlank() && !line.startsWith(" ".repeat(indent))) {
                break;
            }
            script.append(line.substring(Math.min(indent, line.length()))).append('\n');
        }
        return script.toString();
    }

    /** By the link that a person is shown, through the door that a browser uses. */
    @Test
    @Order(4)
    void lets_a_person_in_by_a_link_and_out_again() throws Exception {
        StringWriter printed = new StringWriter();
        int code = CommandLineInterface.create()
                .setOut(new PrintWriter(printed))
                .execute(
                        "console",
                        "--no-open",
                        "--subject",
                        "paula",
                        "--data-dir",
                        suite.suite().dataDir().toString());
        assertThat(code).isZero();
        try (HttpClient browser = HttpClient.newBuilder()
                .cookieHandler(new CookieManager())
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            HttpResponse<String> entered = browser.send(
                    HttpRequest.newBuilder(URI.create(printed.toString().strip()))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(entered.uri()).hasPath("/");
            URI door = suite.url(Port.CONSOLE);
            JsonNode session = JSON.readTree(browser.send(
                            HttpRequest.newBuilder(door.resolve("/door/session"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body());
            assertThat(session.get("subject").asString()).isEqualTo("paula");
            HttpRequest read = HttpRequest.newBuilder(door.resolve("/api/groups?fields=light"))
                    .build();
            HttpResponse<String> group = browser.send(read, BodyHandlers.ofString());
            assertThat(group.statusCode()).as(group.body()).isEqualTo(200);
            assertThat(JSON.readTree(group.body()).get("groups").isArray()).isTrue();
            HttpRequest.Builder change = HttpRequest.newBuilder(door.resolve("/api/groups/shop/rollbacks"))
                    .POST(BodyPublishers.ofString("{}"));
            HttpResponse<String> refused = browser.send(change.build(), BodyHandlers.ofString());
            assertThat(refused.statusCode() + refused.body()).startsWith("403").contains("CSRF_TOKEN_MISSING");
            HttpResponse<String> out = browser.send(
                    HttpRequest.newBuilder(door.resolve("/door/logout"))
                            .header("X-CSRF-TOKEN", session.get("csrf").asString())
                            .POST(BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            assertThat(out.statusCode()).isEqualTo(200);
            assertThat(browser.send(read, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        }
    }

    /** Two stories that people live through in a browser, on the suite as it runs. */
    @Test
    @Order(4)
    void people_take_a_failing_release_back_and_override_a_freeze_in_the_console() throws Exception {
        ReleasedGroup told = ReleasedGroup.install(suite, "told");
        try (ConsoleStories console = new ConsoleStories(suite, told.name())) {
            try (Traffic traffic = traffic(suite.url(Port.GATEWAY), told)) {
                console.takesAFailingReleaseBack();
                traffic.close();
                // Nobody but those whom the stage named met the bad release.
                assertThat(traffic.exchanges())
                        .filteredOn(Exchange::failed)
                        .allMatch(one -> one.status() == 500 && "B".equals(one.cluster()));
            }
            told.beginNext();
            told.awaitStage();
            console.goesOnInSpiteOfAFreeze(told.upgrade());
        }
        told.assertReleased();
    }

    private String people(Path home, String command) {
        return home.resolve("tricolor") + " " + command + " --data-dir "
                + suite.suite().dataDir();
    }

    /** Two groups at the same time: neither takes the machine for itself, and the test takes as long as the longer. */
    @Test
    @Order(4)
    void releases_instance_by_instance_while_another_group_tries_two_releases_at_once() throws Exception {
        try (ExecutorService both = Executors.newFixedThreadPool(2)) {
            Future<DemoSummary> rolling = both.submit(() -> new Demo(scene(60, 1), Demo.Flow.ROLLING).run());
            Future<DemoSummary> multi = both.submit(() -> new Demo(scene(60, 2), Demo.Flow.MULTI).run());
            passes(rolling.get());
            passes(multi.get());
        }
    }

    @Test
    @Order(6)
    void keeps_everybody_on_the_old_cluster_when_the_new_one_falls_over(@TempDir Path directory) throws Exception {
        ReleasedGroup group = ReleasedGroup.install(suite, "fragile");
        List<Exchange> exchanges;
        int fewest = Integer.MAX_VALUE;
        Instant dead;
        try (Traffic traffic = traffic(suite.url(Port.GATEWAY), group)) {
            group.beginNextThatFallsOver(40, directory.resolve("fallen"));
            group.awaitStage();
            await("the end of " + group.to())
                    .atMost(ReleasedGroup.PATIENCE)
                    .until(() -> group.healthy(group.to()) == 0);
            dead = Instant.now();
            group.approve();
            while (!group.hasEnded()) {
                fewest = Math.min(fewest, group.healthy(group.from()));
            }
            int answered = traffic.size();
            await("traffic").atMost(PATIENCE).until(() -> traffic.size() > answered + RATE_PER_SECOND);
            traffic.close();
            exchanges = traffic.exchanges();
        }
        List<Exchange> failed = exchanges.stream().filter(Exchange::failed).toList();
        System.out.printf("fragile: %d requests, %d failed%n", exchanges.size(), failed.size());
        assertThat(group.status()).isEqualTo("ABORTED");
        assertThat(fewest).as("healthy instances of the old cluster").isEqualTo(ReleasedGroup.INSTANCES);
        // What was under way in an instance that fell over is lost, and nothing else.
        assertThat(exchanges)
                .filteredOn(one -> one.sent().isAfter(dead.plusSeconds(1)))
                .allMatch(one -> group.from().equals(one.appCluster()));
        JsonNode view = group.view();
        assertThat(view.at("/clusters/" + group.from() + "/status").asString()).isEqualTo("GREEN");
        assertThat(view.at("/clusters/" + group.to() + "/status").asString()).isEqualTo("RED");
    }

    @Test
    @Order(7)
    void goes_on_after_an_older_database_was_restored() throws Exception {
        ReleasedGroup group = ReleasedGroup.install(suite, "restored");
        List<Exchange> exchanges;
        try (Traffic traffic = traffic(suite.url(Port.GATEWAY), group);
                DatabaseCopy backup = DatabaseCopy.of(suite, "strategy")) {
            long before = group.tableVersion();
            for (int i = 1; i <= 3; i++) {
                group.addEntry("/" + group.name() + "-" + i);
                group.awaitApplied();
            }
            assertThat(group.tableVersion()).isEqualTo(before + 3);
            Runnable again = suite.kill("strategy");
            backup.restore();
            again.run();
            await("a group whose routers are ahead")
                    .atMost(ReleasedGroup.PATIENCE)
                    .ignoreExceptions() // strategy-service may have to wait for its database
                    .until(group::isAhead);
            assertThat(group.tableVersion()).isEqualTo(before);
            assertThat(group.tryNext()).as("an upgrade while routers are ahead").isEqualTo(409);
            group.beginEpoch();
            await("routers of the new epoch").atMost(ReleasedGroup.PATIENCE).until(() -> !group.isAhead());
            group.beginNext();
            group.awaitStage();
            group.approve();
            group.awaitCompleted();
            traffic.close();
            exchanges = traffic.exchanges();
        }
        assertThat(exchanges).hasSizeGreaterThan(RATE_PER_SECOND).noneMatch(Exchange::failed);
        group.assertReleased();
    }

    private void abort(String group) {
        String upgrade = suite.get(Port.STRATEGY, "/api/groups/" + group)
                .at("/upgrade/upgradeId")
                .asString();
        suite.post(
                Port.STRATEGY,
                "/api/groups/" + group + "/upgrades/" + upgrade + "/abort",
                Map.of("reason", "it was only shown"),
                "olga",
                "operator");
    }
}
