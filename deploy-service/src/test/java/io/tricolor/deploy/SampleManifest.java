package io.tricolor.deploy;

import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.engines.TricolorHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Manifests of the sample application with one service, {@code web}. */
public final class SampleManifest {

    private static final Path JAR =
            TricolorHome.find().resolve("infra/suite/sample-app/target/tricolor-sample-app-0.1.0-SNAPSHOT.jar");

    private SampleManifest() {}

    public static Manifest of(String version, Map<String, String> env) {
        return new Manifest(version, List.of(service(sha256(), env)));
    }

    /** For an orchestrator that is not the standard one. */
    public static Manifest on(String orchestrator, String version, Map<String, String> env) {
        return new Manifest(version, List.of(service(sha256(), env)), null, orchestrator);
    }

    public static Manifest withWrongDigest() {
        return new Manifest("1", List.of(service("0".repeat(64), Map.of())));
    }

    public static ServiceManifest service(String sha256, Map<String, String> env) {
        return new ServiceManifest(
                "web",
                new Artifact.File(JAR.toUri().toString(), sha256),
                List.of(
                        "java",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx24m",
                        "-jar",
                        JAR.getFileName().toString()),
                new TreeMap<>(env),
                null,
                0.1,
                64,
                new HealthCheck("/health", Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(60), 3),
                null,
                null);
    }

    public static String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(JAR)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
