package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said when the router cannot be started. */
class NginxRouterTest {

    @TempDir
    private Path directory;

    private NginxRouter start(String... options) {
        return NginxRouter.start(List.of(options), directory.resolve("nginx.log"));
    }

    @Test
    void names_the_packages_that_are_missing() {
        // nginx itself stands for one that came without modules.
        assertThatThrownBy(() -> Installation.find(Installation.find().binary(), directory))
                .isInstanceOf(RouterFailed.class)
                .hasMessageContaining("apt-get install libnginx-mod-http-ndk libnginx-mod-http-lua")
                .hasMessageContaining("OpenResty");
        assertThatThrownBy(() -> start("--tricolor.nginx.binary=" + directory.resolve("none")))
                .hasMessageContaining("tricolor.nginx.binary");
    }

    @ParameterizedTest
    @CsvSource({
        "--tricolor.nginx.worker=2, unknown option",
        "workers, unknown option",
        "--server.port=0, --server.port must be",
        "--tricolor.nginx.workers=many, --tricolor.nginx.workers must look like",
        "--tricolor.nginx.long-poll=20, --tricolor.nginx.long-poll must look like",
        "--tricolor.nginx.trust-lanes=yes, --tricolor.nginx.trust-lanes must be true or false",
        "--tricolor.nginx.router-id=a b, --tricolor.nginx.router-id must be",
        "--tricolor.strategy.url=ftp://x, --tricolor.strategy.url must be an http",
        "--tricolor.nginx.jwt.public-key=/nowhere.pem, tricolor.nginx.jwt.public-key",
        "--tricolor.nginx.server-include=/nowhere.conf, nowhere.conf"
    })
    void names_the_option_that_is_wrong(String option, String message) {
        assertThatThrownBy(() -> start("--tricolor.nginx.state-dir=" + directory.resolve("state"), option))
                .isInstanceOf(RouterFailed.class)
                .hasMessageContaining(message);
    }

    @Test
    void writes_a_configuration_in_which_no_setting_can_end_its_string() {
        assertThat(Configuration.luaString("a\"}; os.exit() -- $x\u00e9\n"))
                .isEqualTo("\"a\\034\\125\\059 os.exit\\040\\041 \\045\\045 \\036x\\195\\169\\010\""
                        .replace("\\045\\045", "--"));
        Configuration configuration = new Configuration(
                Settings.parse(List.of("--tricolor.nginx.state-dir=" + directory.resolve("state"))),
                Installation.find());
        assertThat(configuration.text()).doesNotContain("${").contains("worker_processes auto;");
        configuration.write();
        assertThat(directory.resolve("state/lua/tricolor/decision.lua")).isRegularFile();
        assertThat(Files.exists(configuration.file())).isTrue();
    }

    @Test
    void packs_every_lua_file() throws Exception {
        Path sources = Path.of(System.getProperty("tricolor.home", "../.."), "infra/nginx/src/main/lua/tricolor");
        new Configuration(
                        Settings.parse(List.of("--tricolor.nginx.state-dir=" + directory.resolve("state"))),
                        Installation.find())
                .write();
        try (var files = Files.list(sources);
                var packed = Files.list(directory.resolve("state/lua/tricolor"))) {
            assertThat(packed.map(Path::getFileName).toList())
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(Path::getFileName).toList());
        }
    }
}
