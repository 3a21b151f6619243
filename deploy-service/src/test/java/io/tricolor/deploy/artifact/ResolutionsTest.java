package io.tricolor.deploy.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.artifact.ArtifactProperties.Repository;
import io.tricolor.deploy.artifact.Resolutions.Resolution;
import io.tricolor.deploy.secret.Secrets;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class ResolutionsTest {

    private static final String OCI = "application/vnd.oci.image.manifest.v1+json";
    private static final String LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

    @TempDir
    private Path directory;

    private Served origin;
    private Served mirror;

    @BeforeEach
    void start() throws IOException {
        origin = new Served();
        mirror = new Served();
    }

    @AfterEach
    void stop() {
        origin.close();
        mirror.close();
    }

    @Test
    void a_release_of_a_maven_repository_is_pinned_compared_and_kept() throws Exception {
        origin.put("/repo/com/shop/web/1.2/web-1.2.jar", "content");
        origin.put("/repo/com/shop/web/1.2/web-1.2.jar.sha1", Served.hex("SHA-1", "content") + "  web-1.2.jar\n");
        Resolution resolution = resolve("maven:nexus/com.shop:web:1.2");
        assertThat(resolution.artifact())
                .isEqualTo(new Artifact.File(
                        origin.url("/repo/com/shop/web/1.2/web-1.2.jar").toString(), Served.sha256("content")));
        assertThat(resolution.checked()).isEqualTo("sha1");
        assertThat(resolution.bytes()).isEqualTo(7);
        assertThat(new ContentStore(directory).find(Served.sha256("content"))).isPresent();
        origin.put("/repo/com/shop/web/1.2/web-1.2.jar.sha256", Served.sha256("other"));
        assertThatThrownBy(() -> resolve("maven:nexus/com.shop:web:1.2"))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.rejection().code()).isEqualTo(Code.ARTIFACT_UNVERIFIED));
    }

    @Test
    void a_snapshot_becomes_the_file_that_it_is_now() throws Exception {
        origin.put("/repo/com/shop/web/1.3-SNAPSHOT/maven-metadata.xml", """
                <metadata><groupId>com.shop</groupId><artifactId>web</artifactId><version>1.3-SNAPSHOT</version>
                <versioning><snapshot><timestamp>20260102.030405</timestamp><buildNumber>7</buildNumber></snapshot>
                <snapshotVersions>
                <snapshotVersion><extension>pom</extension><value>1.3-20260102.030405-6</value></snapshotVersion>
                <snapshotVersion><classifier>all</classifier><extension>jar</extension><value>1.3-20260102.030405-7</value></snapshotVersion>
                </snapshotVersions></versioning></metadata>""");
        origin.put("/repo/com/shop/web/1.3-SNAPSHOT/web-1.3-20260102.030405-7-all.jar", "all");
        origin.put("/repo/com/shop/web/1.3-SNAPSHOT/web-1.3-20260102.030405-7.jar", "plain");
        Resolution all = resolve("maven:nexus/com.shop:web:1.3-SNAPSHOT:all");
        assertThat(all.resolved()).isEqualTo("1.3-20260102.030405-7");
        assertThat(all.artifact())
                .isEqualTo(new Artifact.File(
                        origin.url("/repo/com/shop/web/1.3-SNAPSHOT/web-1.3-20260102.030405-7-all.jar")
                                .toString(),
                        Served.sha256("all")));
        assertThat(resolve("maven:nexus/com.shop:web:1.3-SNAPSHOT").artifact())
                .as("by time and number")
                .isEqualTo(new Artifact.File(
                        origin.url("/repo/com/shop/web/1.3-SNAPSHOT/web-1.3-20260102.030405-7.jar")
                                .toString(),
                        Served.sha256("plain")));
    }

    @Test
    void latest_is_what_the_repository_says_now() throws Exception {
        origin.put(
                "/repo/com/shop/web/maven-metadata.xml",
                "<metadata><versioning><latest>2.1-beta</latest><release>2.0</release></versioning></metadata>");
        origin.put("/repo/com/shop/web/2.0/web-2.0.tar.gz", "release");
        assertThat(resolve("maven:nexus/com.shop:web:RELEASE@tar.gz").resolved())
                .isEqualTo("2.0");
    }

    @Test
    void credentials_are_shown_to_their_repository_and_its_mirrors_alone() throws Exception {
        String basic = "Basic " + Base64.getEncoder().encodeToString("deployer:s3cr3t".getBytes());
        origin.mayRead = exchange -> basic.equals(exchange.getRequestHeaders().getFirst("Authorization"));
        mirror.mayRead = origin.mayRead;
        origin.put("/repo/com/shop/web/1.2/web-1.2.jar", "content");
        assertThat(resolve("maven:nexus/com.shop:web:1.2").bytes()).isEqualTo(7);
        mirror.put("/mirror/com/shop/web/1.2/web-1.2.jar", "content");
        origin.status = 503;
        assertThat(resolve("maven:nexus/com.shop:web:1.2").bytes())
                .as("of the mirror")
                .isEqualTo(7);
        origin.status = 200;
        origin.put("/elsewhere/web.jar", "content");
        assertThatThrownBy(() -> resolve(origin.url("/elsewhere/web.jar").toString()))
                .hasMessageContaining("answer 401");
    }

    @Test
    void a_tag_becomes_a_digest_and_a_moved_tag_changes_nothing() throws Exception {
        String first = "{\"schemaVersion\":2,\"n\":1}";
        origin.put("/v2/team/shop/manifests/1.0", OCI, first);
        Resolution pinned = resolve("docker:" + origin.authority() + "/team/shop:1.0");
        assertThat(pinned.artifact())
                .isEqualTo(new Artifact.Image(origin.authority() + "/team/shop", "sha256:" + Served.sha256(first)));
        assertThat(pinned.resolved()).isEqualTo("1.0, " + OCI);
        String second = "{\"schemaVersion\":2,\"n\":2}";
        origin.put("/v2/team/shop/manifests/1.0", OCI, second);
        origin.put("/v2/team/shop/manifests/sha256:" + Served.sha256(first), OCI, first);
        assertThat(resolve("docker:" + origin.authority() + "/team/shop@sha256:" + Served.sha256(first))
                        .artifact())
                .isEqualTo(pinned.artifact());
        assertThat(resolve("docker:" + origin.authority() + "/team/shop:1.0").artifact())
                .isNotEqualTo(pinned.artifact());
    }

    @Test
    void of_an_index_the_platform_that_is_asked_for() throws Exception {
        String arm = "{\"schemaVersion\":2,\"n\":\"arm\"}";
        String digest = "sha256:" + Served.sha256(arm);
        String index =
                "{\"manifests\":[{\"digest\":\"sha256:%s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}},"
                                .formatted("0".repeat(64))
                        + "{\"digest\":\"" + digest
                        + "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}}]}";
        origin.put("/v2/shop/manifests/latest", LIST, index);
        origin.put("/v2/shop/manifests/sha256:" + Served.sha256(index), LIST, index);
        origin.put("/v2/shop/manifests/" + digest, OCI, arm);
        String reference = "docker:" + origin.authority() + "/shop";
        assertThat(resolutions().resolve(reference, "linux/arm64/v8").artifact())
                .isEqualTo(new Artifact.Image(origin.authority() + "/shop", digest));
        assertThat(resolve(reference).artifact())
                .isEqualTo(new Artifact.Image(origin.authority() + "/shop", "sha256:" + Served.sha256(index)));
        assertThatThrownBy(() -> resolutions().resolve(reference, "windows/amd64"))
                .hasMessageContaining("nothing for platform");
    }

    @Test
    void a_registry_may_want_a_token_that_somebody_else_gives_out() throws Exception {
        String manifest = "{\"schemaVersion\":2}";
        origin.put("/v2/shop/manifests/1", OCI, manifest);
        origin.put("/token", "{\"token\":\"t0k3n\"}");
        origin.challenge =
                "Bearer realm=\"" + origin.url("/token") + "\",service=\"registry\",scope=\"repository:shop:pull\"";
        origin.mayRead = exchange -> exchange.getRequestURI().getPath().equals("/token")
                || "Bearer t0k3n".equals(exchange.getRequestHeaders().getFirst("Authorization"));
        assertThat(resolve("docker:" + origin.authority() + "/shop:1").artifact())
                .isInstanceOf(Artifact.Image.class);
        assertThat(origin.requests).contains("/token?scope=repository%3Ashop%3Apull&service=registry");
        origin.challenge = "Bearer realm=\"" + mirror.url("/token") + "\"";
        origin.put("/token", "{}");
        assertThatThrownBy(() -> resolve("docker:" + origin.authority() + "/shop:1"))
                .hasMessageContaining("without TLS");
    }

    @Test
    void what_is_not_there_or_badly_asked_for_has_a_code() {
        assertCode("docker:" + "127.0.0.1:1/shop:1", Code.ARTIFACT_UNAVAILABLE);
        assertCode("docker:" + origin.authority() + "/shop:none", Code.IMAGE_NOT_FOUND);
        assertCode("docker:shop", Code.INVALID_ARGUMENT);
        assertCode("maven:other/com.shop:web:1", Code.INVALID_ARGUMENT);
        assertCode("maven:nexus/com.shop:web:..", Code.INVALID_ARGUMENT);
        assertCode("maven:nexus/com.shop:web:1-SNAPSHOT", Code.ARTIFACT_UNVERIFIED);
        assertCode("ftp://host/x", Code.ARTIFACT_UNVERIFIED);
        assertCode("http://169.254.169.254/latest", Code.ARTIFACT_UNVERIFIED);
    }

    @Test
    void a_manifest_of_another_digest_is_no_answer() {
        String hash = "1".repeat(64);
        origin.put("/v2/shop/manifests/sha256:" + hash, OCI, "{}");
        assertThatThrownBy(() -> resolve("docker:" + origin.authority() + "/shop@sha256:" + hash))
                .hasMessageContaining("another digest");
    }

    private void assertCode(String reference, Code code) {
        assertThatThrownBy(() -> resolve(reference))
                .as(reference)
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.rejection().code()).isEqualTo(code));
    }

    private Resolution resolve(String reference) throws InterruptedException {
        return resolutions().resolve(reference, null);
    }

    private Resolutions resolutions() {
        ArtifactProperties properties = new ArtifactProperties(
                Duration.ofMinutes(1),
                DataSize.ofMegabytes(10),
                1,
                Duration.ofSeconds(5),
                URI.create("http://127.0.0.1:8402"),
                directory,
                DataSize.ofMegabytes(10),
                List.of(),
                List.of(),
                Map.of(
                        "nexus",
                        new Repository(
                                origin.url("/repo"),
                                List.of(mirror.url("/mirror")),
                                "deployer",
                                "nexus-password",
                                null)));
        Secrets secrets = new Secrets(List.of(ResolutionsTest::secret));
        return new Resolutions(new Artifacts(properties, secrets, Runnable::run), properties, () -> Instant.EPOCH);
    }

    private static Optional<String> secret(@Nullable String name) {
        return "nexus-password".equals(name) ? Optional.of("s3cr3t") : Optional.empty();
    }
}
