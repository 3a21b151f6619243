package io.tricolor.router.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PeerTest {

    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private Answers one;
    private Answers other;
    private Peer peer;

    @BeforeEach
    void start() throws IOException {
        one = new Answers();
        other = new Answers();
        one.body = "one".getBytes(StandardCharsets.UTF_8);
        other.body = "other".getBytes(StandardCharsets.UTF_8);
        peer = peer(one.url(), other.url());
    }

    @AfterEach
    void stop() {
        one.close();
        other.close();
        client.close();
    }

    private Peer peer(String... urls) {
        return new Peer(client, new Addresses(List.of(urls), failed::add), null);
    }

    @Test
    void stays_with_an_address_that_answers() throws Exception {
        assertThat(peer.get("/x", LONG).body()).isEqualTo("one");
        assertThat(peer.put("/x", "{}", LONG).body()).isEqualTo("one");
        one.status = 401;
        assertThat(peer.get("/x", LONG).statusCode()).isEqualTo(401);
        one.status = 404;
        assertThat(peer.delete("/x", LONG).statusCode()).isEqualTo(404);
        assertThat(other.asked).isEmpty();
        assertThat(failed).isEmpty();
    }

    @Test
    void goes_on_with_the_next_after_a_failure_and_stays_there() throws Exception {
        one.status = 503;
        assertThat(peer.put("/x", "{}", LONG).body()).isEqualTo("other");
        one.status = 200;
        assertThat(peer.get("/y", LONG).body()).isEqualTo("other");
        assertThat(one.asked).containsExactly("PUT /x null");
        assertThat(failed).containsExactly(one.url());
        other.close();
        assertThat(peer.get("/z", LONG).body()).isEqualTo("one");
        assertThat(failed).containsExactly(one.url(), other.url());
    }

    @Test
    void answers_by_the_last_failure_when_all_fail() throws Exception {
        one.status = 500;
        other.status = 502;
        assertThat(peer.get("/x", LONG).statusCode()).isEqualTo(502);
        one.close();
        other.close();
        assertThatIOException().isThrownBy(() -> peer.get("/x", LONG));
        assertThat(failed).hasSize(4);
    }

    @Test
    void gives_each_address_the_whole_time_and_takes_all_calls_away_from_a_silent_one() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + silent.getLocalPort();
            Peer shared = peer(url, other.url());
            CompletableFuture<HttpResponse<String>> poll = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    poll.complete(shared.get("/poll", Duration.ofHours(1)));
                } catch (IOException | InterruptedException e) {
                    poll.completeExceptionally(e);
                }
            });
            silent.accept();
            assertThat(shared.get("/x", SHORT).body()).isEqualTo("other");
            assertThat(poll.join().body()).isEqualTo("other");
            assertThat(failed).as("given up is not failed").containsExactly(url);
            assertThatIOException()
                    .isThrownBy(() -> peer(url).get("/x", SHORT))
                    .isInstanceOf(HttpTimeoutException.class)
                    .withMessageContaining(url + "/x");
        }
    }

    @Test
    void a_download_that_broke_off_leaves_nothing_of_itself(@TempDir Path directory) throws Exception {
        one.body = "what is longer than it should be".getBytes(StandardCharsets.UTF_8);
        one.inChunks = true;
        Path file = directory.resolve("file");
        assertThat(peer.download("/list", file, other.body.length, LONG).statusCode())
                .isEqualTo(200);
        assertThat(Files.readString(file)).isEqualTo("other");
    }
}
