package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Router;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                        "http://127.0.0.1:8400",
                        suite.url(Port.GATEWAY).toString(),
                        "http://127.0.0.1:8401",
                        suite.url(Port.STRATEGY).toString()));
        abort("shop");
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
