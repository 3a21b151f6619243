package io.tricolor.standalone.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.engines.Ports;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteControlTest {

    @TempDir
    Path dir;

    @Test
    void names_the_port_that_is_taken_what_needs_it_and_who_has_it() throws Exception {
        int base = freeBase();
        var suite = new Suite(dir, dir.resolve("data"), base);
        try (var _ = new ServerSocket(suite.port(Port.KAFKA), 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> new SuiteControl(suite).launch())
                    .isInstanceOf(SuiteFailed.class)
                    .hasMessageContaining("port " + suite.port(Port.KAFKA) + " for kafka")
                    .hasMessageContaining("pid " + ProcessHandle.current().pid())
                    .hasMessageContaining("--port-base");
        }
    }

    @Test
    void says_what_is_not_built() {
        var suite = new Suite(dir, dir.resolve("data"), freeBase());
        assertThatThrownBy(() -> new SuiteControl(suite).launch())
                .isInstanceOf(SuiteFailed.class)
                .hasMessageContaining("not built")
                .hasMessageContaining("mvn -DskipTests package");
    }

    @Test
    void is_not_up_where_nothing_was_started_and_stops_nothing() throws Exception {
        var control = new SuiteControl(new Suite(dir, dir.resolve("data"), 20_000));
        assertThat(control.isUp()).isFalse();
        assertThat(control.view()).isEmpty();
        assertThat(control.stop(_ -> {})).isFalse();
    }

    @Test
    void remembers_the_port_base_of_a_suite() throws Exception {
        assertThat(SuiteControl.portBaseOf(dir)).isEmpty();
        new StateFile(dir.resolve("state.json")).write(new SuiteView(1, 9300, Instant.EPOCH, List.of()));
        assertThat(SuiteControl.portBaseOf(dir)).contains(9300);
    }

    @Test
    void refuses_a_port_base_without_room() {
        assertThatThrownBy(() -> new Suite(dir, dir, 65_300)).hasMessageContaining("65136");
        assertThatThrownBy(() -> new Suite(dir, dir, 80)).hasMessageContaining("1024");
    }

    @Test
    void chooses_processes_with_all_that_they_need() {
        Part store = part("store", Set.of());
        Part service = part("service", Set.of("store"));
        Part other = part("other", Set.of());
        assertThat(Parts.choose(List.of(store, service, other), List.of("service")))
                .containsExactly(store, service);
        assertThatThrownBy(() -> Parts.choose(List.of(store), List.of("stroe")))
                .isInstanceOf(SuiteFailed.class)
                .hasMessageContaining("store");
    }

    @Test
    void gives_every_process_its_own_ports() {
        List<Part> parts = new Parts(new Suite(dir, dir.resolve("data"), 20_000)).all();
        assertThat(parts.stream().flatMap(part -> part.ports().stream()))
                .doesNotHaveDuplicates()
                .allMatch(port -> port >= 20_000 && port < 20_100);
    }

    @Test
    void remembers_which_router_was_chosen() {
        var suite = new Suite(dir, dir.resolve("data"), 20_000);
        assertThat(new SuiteControl(suite).names()).contains("gateway").doesNotContain("nginx");
        new SuiteControl(suite).choose(Router.NGINX);
        var later = new SuiteControl(suite);
        assertThat(later.names()).contains("nginx").doesNotContain("gateway");
        assertThat(new Parts(suite).leftovers().stream().map(Part::name)).contains("nginx", "gateway");
        later.choose(Router.GATEWAY);
        assertThat(new SuiteControl(suite).names()).contains("gateway").doesNotContain("nginx");
    }

    private static Part part(String name, Set<String> needs) {
        return Part.of(name, needs, List.of(1), null, () -> {
            throw new IllegalStateException("not to be started");
        });
    }

    private static int freeBase() {
        return Ports.free() % 20_000 + 20_000;
    }
}
