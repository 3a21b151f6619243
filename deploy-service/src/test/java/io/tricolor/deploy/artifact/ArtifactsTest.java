package io.tricolor.deploy.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.artifact.Artifacts.Check;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ArtifactsTest {

    @TempDir
    Path directory;

    private final Artifacts artifacts = Artifacts.readBy(Runnable::run);

    @Test
    void lets_the_released_content_pass_and_nothing_else() throws Exception {
        Path jar = Files.writeString(directory.resolve("shop.jar"), "content");
        assertThat(artifacts.check(file(jar.toUri().toString(), sha256("content"))))
                .isInstanceOf(Check.Right.class);
        assertWrong(artifacts.check(file(jar.toUri().toString(), "0".repeat(64))));
    }

    @Test
    void objects_to_a_missing_file_and_to_a_strange_scheme() {
        assertWrong(artifacts.check(file(directory.resolve("none.jar").toUri().toString(), "0".repeat(64))));
        assertWrong(artifacts.check(file("ftp://host/shop.jar", "0".repeat(64))));
    }

    @Test
    void what_was_wrong_is_said_once_and_then_read_again() throws Exception {
        Path jar = Files.writeString(directory.resolve("shop.jar"), "other");
        Artifact.File artifact = file(jar.toUri().toString(), sha256("content"));
        assertWrong(artifacts.check(artifact));
        assertWrong(artifacts.check(artifact));
        Files.writeString(jar, "content");
        assertThat(artifacts.check(artifact)).isInstanceOf(Check.Right.class);
    }

    @Test
    void nobody_waits_for_a_slow_download_and_its_progress_shows() throws Exception {
        CountDownLatch rest = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] content = new byte[3 << 20];
        server.createContext("/shop.jar", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 2 << 20);
            exchange.getResponseBody().flush();
            try {
                rest.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.getResponseBody().write(content, 2 << 20, 1 << 20);
            exchange.close();
        });
        server.start();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Artifacts slow = Artifacts.readBy(threads);
            AtomicInteger ended = new AtomicInteger();
            slow.onChange(ended::incrementAndGet);
            String uri = "http://127.0.0.1:" + server.getAddress().getPort() + "/shop.jar";
            Artifact.File artifact = file(
                    uri,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
            await().untilAsserted(() -> assertThat(slow.check(artifact))
                    .isInstanceOfSatisfying(
                            Check.Reading.class,
                            reading -> assertThat(reading.message()).contains(uri, "2 MiB")));
            rest.countDown();
            await().untilAsserted(() -> assertThat(slow.check(artifact)).isInstanceOf(Check.Right.class));
            assertThat(ended).hasValue(1);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void what_cannot_be_read_now_is_not_wrong() throws Exception {
        Artifact.File nobody = file("http://127.0.0.1:1/shop.jar", "0".repeat(64));
        assertThat(artifacts.check(nobody))
                .isInstanceOfSatisfying(
                        Check.Failed.class,
                        failed -> assertThat(failed.message()).contains("cannot be read"));
    }

    private static void assertWrong(Check check) {
        assertThat(check)
                .isInstanceOfSatisfying(
                        Check.Wrong.class,
                        wrong -> assertThat(wrong.rejection().code()).isEqualTo(Code.ARTIFACT_UNVERIFIED));
    }

    private static Artifact.File file(String uri, String sha256) {
        return new Artifact.File(uri, sha256);
    }

    private static String sha256(String content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content.getBytes()));
    }
}
