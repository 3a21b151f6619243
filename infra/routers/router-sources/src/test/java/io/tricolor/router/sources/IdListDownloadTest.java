package io.tricolor.router.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.IdList;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdListDownloadTest {

    private static final byte[] CONTENT = ByteBuffer.allocate(24)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(-7)
            .putLong(42)
            .putLong(9_007_199_254_740_993L)
            .array();

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private Answers strategy;
    private Peer peer;
    private IdList list;

    @BeforeEach
    void start() throws Exception {
        strategy = new Answers();
        Path token = Files.writeString(directory.resolve("token"), "secret\n");
        peer = new Peer(client, strategy.url() + "/", token);
        list = new IdList(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(CONTENT)), 3);
        directory = Files.createDirectory(directory.resolve("lists"));
    }

    @AfterEach
    void stop() {
        strategy.close();
        client.close();
    }

    private boolean fetchedHas42() throws IOException, InterruptedException {
        return IdListDownload.fetch(peer, list, directory, Duration.ofSeconds(10))
                .contains(42);
    }

    @Test
    void brings_a_list_with_its_sha256_as_name_in_both_forms_of_a_body() throws Exception {
        strategy.body = CONTENT;
        for (boolean inChunks : new boolean[] {true, false}) {
            strategy.inChunks = inChunks;
            assertThat(fetchedHas42()).isTrue();
            try (var files = Files.list(directory)) {
                assertThat(files).containsExactly(directory.resolve(list.sha256()));
            }
            assertThat(directory.resolve(list.sha256())).hasBinaryContent(CONTENT);
        }
        assertThat(strategy.asked.getFirst()).isEqualTo("GET /api/id-lists/" + list.sha256() + " Bearer secret");
    }

    @Test
    void leaves_nothing_of_what_is_not_the_list() {
        byte[] other = CONTENT.clone();
        other[0]++;
        byte[] tooLong = Arrays.copyOf(CONTENT, 32);
        for (byte[] wrong : List.of(other, Arrays.copyOf(CONTENT, 16), tooLong)) {
            strategy.body = wrong;
            strategy.inChunks = false;
            assertThatExceptionOfType(Rejected.class).isThrownBy(this::fetchedHas42);
            strategy.inChunks = true;
            assertThatExceptionOfType(wrong == tooLong ? IOException.class : Rejected.class)
                    .isThrownBy(this::fetchedHas42);
        }
        strategy.body = CONTENT;
        strategy.status = 503;
        assertThatIOException()
                .isThrownBy(this::fetchedHas42)
                .withMessage("strategy-service answered 503 for the list of ids " + list.sha256());
        strategy.close();
        assertThatIOException().isThrownBy(this::fetchedHas42);
        assertThat(directory).isEmptyDirectory();
    }
}
