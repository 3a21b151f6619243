package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
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
        "--tricolor.nginx.groups=0, --tricolor.nginx.groups must be a whole number",
        "--tricolor.nginx.worker-memory=8g, --tricolor.nginx.worker-memory must look like",
        "--tricolor.nginx.long-poll=20, --tricolor.nginx.long-poll must look like",
        "--tricolor.nginx.trust-lanes=yes, --tricolor.nginx.trust-lanes must be true or false",
        "--tricolor.nginx.router-id=a b, --tricolor.nginx.router-id must be",
        "--tricolor.strategy.url=ftp://x, --tricolor.strategy.url must be an http",
        "'--tricolor.strategy.url=http://a,b', --tricolor.strategy.url must be an http",
        "--tricolor.nginx.jwt.public-key=/nowhere.pem, tricolor.nginx.jwt.public-key",
        "--tricolor.nginx.jwt.jwk-set-uri=file:///keys, --tricolor.nginx.jwt.jwk-set-uri must be an http",
        "--tricolor.nginx.jwt.refresh-pause=10, --tricolor.nginx.jwt.refresh-pause must look like",
        "--tricolor.security.closed=true, --tricolor.security.closed needs --tricolor.security.public-key",
        "--tricolor.security.role-mapping.boss=chief, must be roles",
        "--tricolor.security.role-mapping.[/release=viewer, unknown option",
        "--tricolor.consul.key=/dev/null, consul.certificate and --tricolor.consul.key go together",
        "--tricolor.nginx.grpc-listen=8407, --tricolor.nginx.grpc-listen must look like",
        "--tricolor.nginx.tls.key=/nowhere.key, tricolor.nginx.tls.key: /nowhere.key cannot be read",
        "--tricolor.nginx.tls.key=/dev/null, tls.certificate and --tricolor.nginx.tls.key go together",
        "--tricolor.nginx.upstream-tls.enabled=true, needs --tricolor.nginx.upstream-tls.ca",
        "--tricolor.nginx.upstream-tls.certificate=/dev/null, go together",
        "--tricolor.nginx.server-include=/nowhere.conf, nowhere.conf"
    })
    void names_the_option_that_is_wrong(String option, String message) {
        assertThatThrownBy(() -> start("--tricolor.nginx.state-dir=" + directory.resolve("state"), option))
                .isInstanceOf(RouterFailed.class)
                .hasMessageContaining(message);
    }

    @Test
    void takes_keys_from_one_place() throws IOException {
        Path keys = Files.writeString(directory.resolve("keys.pem"), "");
        assertThatThrownBy(() -> start(
                        "--tricolor.nginx.jwt.public-key=" + keys,
                        "--tricolor.nginx.jwt.jwk-set-uri=http://127.0.0.1/keys"))
                .hasMessageContaining("exclude each other");
    }

    /** A program that says how it was built, as OpenResty and nginx do. */
    private Path fake(String path, String arguments) throws IOException {
        Path program = directory.resolve(path);
        Files.createDirectories(program.getParent());
        Files.writeString(program, "#!/bin/sh\necho 'configure arguments: " + arguments + "' >&2\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }

    @Test
    void prefers_openresty_and_loads_no_modules_there() throws IOException {
        assertThat(Installation.search(directory, "/usr/sbin")).isNull();
        Path plain = fake("usr/sbin/nginx", "--prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules");
        assertThat(Installation.search(directory, "/usr/sbin")).isEqualTo(plain);
        assertThat(Installation.search(directory, null))
                .as("where it usually is")
                .isEqualTo(plain);
        Path openresty = fake(
                "usr/local/openresty/nginx/sbin/nginx",
                "--prefix=/usr/local/openresty/nginx --add-module=../ngx_devel_kit-0.3.3"
                        + " --add-module=../ngx_lua-0.10.26");
        assertThat(Installation.search(directory, "/usr/sbin")).isEqualTo(openresty);

        Path libraries = directory.resolve("usr/local/openresty/lualib");
        Files.createDirectories(libraries.resolve("resty"));
        Files.writeString(libraries.resolve("resty/core.lua"), "");
        Path link = Files.createSymbolicLink(
                Files.createDirectories(directory.resolve("usr/bin")).resolve("openresty"), openresty);
        for (Path binary : List.of(openresty, link)) {
            Installation found = Installation.find(binary, null);
            assertThat(found.modules()).isEmpty();
            assertThat(found.luaLibraries()).isEqualTo(libraries.toRealPath());
            assertThat(new Configuration(
                                    Settings.parse(List.of("--tricolor.nginx.state-dir=" + directory.resolve("state"))),
                                    found)
                            .text())
                    .doesNotContain("load_module")
                    .contains("lua/?.lua;" + libraries.toRealPath() + "/?.lua;;\"")
                    .contains("lua_package_cpath \"" + libraries.toRealPath() + "/?.so;;\"");
        }
        assertThat(Installation.find().luaLibraries()).as("that of the tests").isNull();
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
    void computes_memory_timers_and_connections_from_groups_services_and_workers() {
        assertThat(text("--tricolor.nginx.workers=16", "--tricolor.nginx.groups=5000"))
                .contains("lua_shared_dict tricolor 157m;")
                .contains("lua_shared_dict tricolor_workers 625m;")
                .contains("lua_shared_dict tricolor_metrics 235m;")
                .contains("lua_max_running_timers 10064;")
                .contains("lua_max_pending_timers 10064;")
                .contains("worker_connections 36512;");
        assertThat(text("--tricolor.nginx.workers=2", "--tricolor.nginx.groups=10", "--tricolor.nginx.services=30"))
                .contains("lua_shared_dict tricolor 64m;")
                .contains("lua_shared_dict tricolor_workers 16m;")
                .contains("lua_max_running_timers 94;");
        assertThat(text("--tricolor.nginx.worker-memory=300m")).contains("lua_shared_dict tricolor_workers 300m;");
    }

    private String text(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--tricolor.nginx.state-dir=" + directory.resolve("state"));
        return new Configuration(Settings.parse(all), Installation.find()).text();
    }

    @Test
    void packs_every_lua_file() throws Exception {
        Path sources =
                Path.of(System.getProperty("tricolor.home", "../../.."), "infra/routers/nginx/src/main/lua/tricolor");
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
