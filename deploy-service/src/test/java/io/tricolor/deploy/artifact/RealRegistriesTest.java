package io.tricolor.deploy.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.artifact.Resolutions.Resolution;
import io.tricolor.deploy.secret.Secrets;
import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** Those who write what is pinned here: Debian's registry of images, and Maven itself. */
@Tag("engine")
class RealRegistriesTest {

    private static final String MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    static boolean hasRegistry() {
        return isOnPath("docker-registry");
    }

    static boolean hasMaven() {
        return isOnPath("mvn");
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private Resolutions resolutions(URI maven) {
        ArtifactProperties properties = new ArtifactProperties(
                Duration.ofMinutes(1),
                DataSize.ofMegabytes(10),
                1,
                Duration.ofSeconds(5),
                URI.create("http://127.0.0.1:8402"),
                directory.resolve("store"),
                DataSize.ofMegabytes(10),
                List.of(),
                List.of(),
                Map.of("nexus", new ArtifactProperties.Repository(maven, List.of(), null, null, null)));
        return new Resolutions(
                new Artifacts(properties, new Secrets(List.of()), Runnable::run), properties, java.time.Instant::now);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    /** Pushes an image of one layer; answers the digest of its manifest. */
    private static String push(URI registry, String tag, String content) throws Exception {
        String config = blob(registry, "{\"content\":\"" + content + "\"}");
        String layer = blob(registry, content);
        String manifest = """
                {"schemaVersion":2,"mediaType":"%s",
                 "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":%d,"digest":"%s"},
                 "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":%d,"digest":"%s"}]}
                """.formatted(MANIFEST, content.length() + 14, config, content.length(), layer);
        HttpResponse<String> pushed = send(HttpRequest.newBuilder(registry.resolve("/v2/team/shop/manifests/" + tag))
                .header("Content-Type", MANIFEST)
                .PUT(BodyPublishers.ofString(manifest)));
        assertThat(pushed.statusCode()).as(pushed.body()).isEqualTo(201);
        return pushed.headers().firstValue("Docker-Content-Digest").orElseThrow();
    }

    private static String blob(URI registry, String content) throws Exception {
        String digest = "sha256:" + Served.sha256(content);
        HttpResponse<String> begun = send(HttpRequest.newBuilder(registry.resolve("/v2/team/shop/blobs/uploads/"))
                .POST(BodyPublishers.noBody()));
        String location = begun.headers().firstValue("Location").orElseThrow();
        URI upload = registry.resolve(location + (location.contains("?") ? "&" : "?") + "digest=" + digest);
        HttpResponse<String> put = send(HttpRequest.newBuilder(upload)
                .header("Content-Type", "application/octet-stream")
                .PUT(BodyPublishers.ofString(content)));
        assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
        return digest;
    }

    @Test
    @EnabledIf("hasRegistry")
    void a_tag_that_moves_in_a_real_registry_changes_nothing_that_was_pinned() throws Exception {
        int port = Ports.free();
        URI registry = URI.create("http://127.0.0.1:" + port);
        Path config = Files.writeString(
                directory.resolve("registry.yml"), """
                version: 0.1
                log: {level: warn}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: "127.0.0.1:%d"}
                """.formatted(directory.resolve("registry"), port));
        ChildProcess process = ChildProcess.start(ProcessSpec.of("docker-registry", directory)
                .command("docker-registry", "serve", config.toString())
                .readiness(Readiness.http(registry.resolve("/v2/")))
                .build());
        try {
            String reference = "docker:127.0.0.1:" + port + "/team/shop:1.0";
            Resolutions resolutions = resolutions(registry);
            String first = push(registry, "1.0", "one");
            Resolution pinned = resolutions.resolve(reference, null);
            Artifact.Image image = (Artifact.Image) pinned.artifact();
            assertThat(image.digest()).isEqualTo(first);
            String second = push(registry, "1.0", "two");
            assertThat(second).isNotEqualTo(first);
            assertThat(((Artifact.Image) resolutions.resolve(reference, null).artifact()).digest())
                    .isEqualTo(second);
            assertThat(((Artifact.Image) resolutions
                                    .resolve("docker:127.0.0.1:" + port + "/team/shop@" + first, null)
                                    .artifact())
                            .digest())
                    .as("what was pinned is there still")
                    .isEqualTo(first);
            assertThatThrownBy(() -> resolutions.resolve("docker:127.0.0.1:" + port + "/team/shop:nope", null))
                    .isInstanceOf(Rejected.class);
            process.kill();
            assertThatThrownBy(() -> resolutions.resolve(reference, null)).isInstanceOf(Rejected.class);
        } finally {
            process.kill();
        }
    }

    @Test
    @EnabledIf("hasMaven")
    void what_maven_deploys_is_found_by_its_coordinates() throws Exception {
        Map<String, byte[]> repository = new ConcurrentHashMap<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            byte[] sent = exchange.getRequestBody().readAllBytes();
            byte[] kept = repository.get(path);
            if (exchange.getRequestMethod().equals("PUT")) {
                repository.put(path, sent);
                exchange.sendResponseHeaders(201, -1);
            } else if (kept == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                exchange.sendResponseHeaders(200, kept.length);
                exchange.getResponseBody().write(kept);
            }
            exchange.close();
        });
        server.start();
        try {
            URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/repo");
            deploy(url, "1.3-SNAPSHOT", "first");
            Resolutions resolutions = resolutions(url);
            Resolution first = resolutions.resolve("maven:nexus/com.shop:web:1.3-SNAPSHOT", null);
            assertThat(first.resolved()).matches("1\\.3-\\d{8}\\.\\d{6}-1");
            assertThat(((Artifact.File) first.artifact()).sha256()).isEqualTo(Served.sha256("first"));
            assertThat(first.checked()).as("Maven's own checksum").isIn("sha1", "sha512", "sha256");
            deploy(url, "1.3-SNAPSHOT", "second");
            Resolution second = resolutions.resolve("maven:nexus/com.shop:web:1.3-SNAPSHOT", null);
            assertThat(second.resolved()).endsWith("-2");
            assertThat(((Artifact.File) second.artifact()).sha256()).isEqualTo(Served.sha256("second"));
            assertThat(repository)
                    .containsKey(
                            URI.create(((Artifact.File) first.artifact()).uri()).getPath());
            deploy(url, "1.3", "release");
            assertThat(resolutions
                            .resolve("maven:nexus/com.shop:web:RELEASE", null)
                            .resolved())
                    .isEqualTo("1.3");
        } finally {
            server.stop(0);
        }
    }

    private void deploy(URI repository, String version, String content) throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("web.jar"), content);
        Path settings = Files.writeString(directory.resolve("pom.xml"), """
                <project><modelVersion>4.0.0</modelVersion><groupId>com.shop</groupId><artifactId>none</artifactId>
                <version>1</version><packaging>pom</packaging></project>
                """);
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.remove("MAVEN_OPTS");
        ProcessBuilder builder = new ProcessBuilder(
                        "mvn",
                        "-B",
                        "-q",
                        "-f",
                        settings.toString(),
                        "org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy-file",
                        "-Durl=" + repository,
                        "-DrepositoryId=shop",
                        "-Dfile=" + file,
                        "-DgroupId=com.shop",
                        "-DartifactId=web",
                        "-Dversion=" + version,
                        "-Dpackaging=jar",
                        "-DgeneratePom=true")
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process maven = builder.start();
        String said = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(maven.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(maven.exitValue()).as(said).isZero();
    }
}
