package io.tricolor.engines;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PortsTest {

    @Test
    void gives_each_port_once_and_none_that_the_system_gives_to_others() {
        List<Integer> given = Stream.generate(Ports::free).limit(250).toList();
        assertThat(given).doesNotHaveDuplicates().allMatch(port -> port >= 10_000 && port < 20_000);
    }

    @Test
    void passes_over_a_port_that_somebody_listens_on() throws IOException {
        int free = Ports.free();
        List<ServerSocket> taken = new ArrayList<>();
        try {
            for (int port = free + 1; port < free + 50; port++) {
                if (Ports.isFree(port)) {
                    taken.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                }
            }
            assertThat(taken.stream().map(ServerSocket::getLocalPort))
                    .isNotEmpty()
                    .doesNotContain(Ports.free());
        } finally {
            for (ServerSocket socket : taken) {
                socket.close();
            }
        }
    }

    @Test
    void gives_other_ports_to_another_jvm() throws IOException, InterruptedException {
        Set<Integer> here = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            here.add(Ports.free());
        }
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx32m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Integer> there = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(Integer::valueOf)
                .toList();
        assertThat(other.waitFor()).isZero();
        assertThat(there).hasSize(2_000).doesNotContainAnyElementsOf(here);
    }

    /** Another JVM that needs ports. */
    static final class Other {

        private Other() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2_000; i++) {
                System.out.println(Ports.free());
            }
        }
    }
}
