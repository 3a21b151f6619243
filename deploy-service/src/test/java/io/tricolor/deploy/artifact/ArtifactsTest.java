package io.tricolor.deploy.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactsTest {

    @TempDir
    Path directory;

    private final Artifacts artifacts = new Artifacts();

    @Test
    void lets_the_released_content_pass_and_nothing_else() throws Exception {
        Path jar = Files.writeString(directory.resolve("shop.jar"), "content");
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("content".getBytes()));
        assertThat(artifacts.objection(new Artifact.File(jar.toUri().toString(), sha256)))
                .isEmpty();
        assertThat(artifacts.objection(new Artifact.File(jar.toUri().toString(), "0".repeat(64))))
                .map(Rejection::code)
                .contains(Code.ARTIFACT_UNVERIFIED);
    }

    @Test
    void objects_to_a_missing_file_and_to_a_strange_scheme() throws Exception {
        Artifact missing =
                new Artifact.File(directory.resolve("none.jar").toUri().toString(), "0".repeat(64));
        assertThat(artifacts.objection(missing)).map(Rejection::code).contains(Code.ARTIFACT_UNVERIFIED);
        assertThat(artifacts.objection(new Artifact.File("ftp://host/shop.jar", "0".repeat(64))))
                .map(Rejection::code)
                .contains(Code.ARTIFACT_UNVERIFIED);
    }
}
