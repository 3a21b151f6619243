package io.tricolor.deploy.artifact;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.artifact.ArtifactProperties.Repository;
import io.tricolor.deploy.artifact.Origins.NotThere;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Turns what people call an artifact into one that is pinned: SNAPSHOT, LATEST and tags into the one content that they
 * mean now. The content of files is read, and kept when there is a store. Blocking.
 */
@Component
class Resolutions {

    private static final String MAVEN = "maven:";
    private static final String DOCKER = "docker:";

    private final Artifacts artifacts;
    private final ArtifactProperties properties;
    private final InstantSource clock;

    Resolutions(Artifacts artifacts, ArtifactProperties properties, InstantSource clock) {
        this.artifacts = artifacts;
        this.properties = properties;
        this.clock = clock;
    }

    /**
     * A pinned artifact and where it came from.
     *
     * @param artifact as manifests have it
     * @param reference what was asked for
     * @param resolved what that meant: a version, or a tag and the type of its manifest
     * @param checked how the repository's own checksum was compared; null: it has none
     * @param bytes of a file
     */
    record Resolution(
            Artifact artifact,
            String reference,
            String resolved,
            @Nullable String checked,
            @Nullable Long bytes,
            Instant at) {}

    /**
     * Pins a reference: {@code maven:repository/group:artifact:version[:classifier][@extension]} with the name of a
     * repository of the settings, {@code docker:host/path:tag}, or an address {@code http:}, {@code https:} or {@code
     * file:}.
     *
     * @param platform of an image, as {@code linux/amd64}; null: all that it is for
     */
    Resolution resolve(String reference, @Nullable String platform) throws InterruptedException {
        try {
            if (reference.startsWith(DOCKER)) {
                return image(reference, platform);
            }
            return reference.startsWith(MAVEN) ? maven(reference) : file(reference, URI.create(reference), "", null);
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        } catch (NotThere e) {
            throw new Rejected(
                    reference.startsWith(DOCKER) ? Code.IMAGE_NOT_FOUND : Code.ARTIFACT_UNVERIFIED,
                    reference + ": " + e.getMessage());
        } catch (IOException e) {
            throw new Rejected(Code.ARTIFACT_UNAVAILABLE, reference + " cannot be read: " + e.getMessage());
        }
    }

    private Resolution image(String reference, @Nullable String platform)
            throws IOException, InterruptedException, NotThere {
        DockerRegistry.Image image = DockerRegistry.Image.parse(reference.substring(DOCKER.length()));
        DockerRegistry.Pinned pinned =
                new DockerRegistry(artifacts.origins()).pin(registry(image.host()), image, platform);
        return new Resolution(
                new Artifact.Image(image.repository(), pinned.digest()),
                reference,
                (image.tag() == null ? "" : image.tag() + ", ") + pinned.mediaType(),
                "sha256",
                null,
                clock.instant());
    }

    /** As the settings have it; else over TLS, but for this machine. */
    private URI registry(String host) {
        for (Repository repository : properties.repositories().values()) {
            if (host.equalsIgnoreCase(repository.url().getAuthority())) {
                return URI.create(
                        repository.url().getScheme() + "://" + repository.url().getAuthority());
            }
        }
        boolean here = host.matches("(localhost|127\\.[0-9.]+)(:[0-9]+)?");
        return URI.create((here ? "http://" : "https://") + host.toLowerCase(Locale.ROOT));
    }

    private Resolution maven(String reference) throws IOException, InterruptedException, NotThere {
        String rest = reference.substring(MAVEN.length());
        int slash = rest.indexOf('/');
        Repository repository = slash < 0 ? null : properties.repositories().get(rest.substring(0, slash));
        if (repository == null) {
            throw new IllegalArgumentException(
                    "'" + reference + "' is not maven:repository/group:artifact:version with a repository of "
                            + properties.repositories().keySet());
        }
        MavenLayout layout = new MavenLayout(artifacts.origins(), repository.url());
        MavenLayout.Found found = layout.find(MavenLayout.Coordinates.parse(rest.substring(slash + 1)));
        return file(reference, found.uri(), found.version(), layout);
    }

    /** Reads all of it, by the way with every checksum that may be asked for. */
    private Resolution file(String reference, URI uri, String version, @Nullable MavenLayout layout)
            throws IOException, InterruptedException, NotThere {
        Map.Entry<String, String> checksum =
                layout == null ? null : layout.checksum(uri).orElse(null);
        MessageDigest sha256 = ContentStore.sha256();
        MessageDigest other = digest(checksum == null ? "sha256" : checksum.getKey());
        ContentStore store = artifacts.store().orElse(null);
        Path written = store == null ? null : store.partial("resolve-" + UUID.randomUUID());
        long[] bytes = {0};
        try {
            try (OutputStream target =
                    written == null ? OutputStream.nullOutputStream() : Files.newOutputStream(written)) {
                artifacts.origins().read(uri, new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] buffer, int offset, int length) throws IOException {
                        sha256.update(buffer, offset, length);
                        other.update(buffer, offset, length);
                        target.write(buffer, offset, length);
                        bytes[0] += length;
                    }
                });
            }
            if (checksum != null && !HexFormat.of().formatHex(other.digest()).equals(checksum.getValue())) {
                throw new NotThere("what the repository sends has another " + checksum.getKey() + " than it says");
            }
            String hash = HexFormat.of().formatHex(sha256.digest());
            if (store != null && written != null) {
                Files.move(written, store.partial(hash), StandardCopyOption.REPLACE_EXISTING);
                store.keep(hash);
            }
            return new Resolution(
                    new Artifact.File(uri.toString(), hash),
                    reference,
                    version.isEmpty() ? uri.toString() : version,
                    checksum == null ? null : checksum.getKey(),
                    bytes[0],
                    clock.instant());
        } finally {
            if (written != null) {
                Files.deleteIfExists(written);
            }
        }
    }

    private static MessageDigest digest(String checksum) {
        try {
            return switch (checksum) {
                case "sha512" -> MessageDigest.getInstance("SHA-512");
                case "sha1" -> MessageDigest.getInstance("SHA-1");
                case "md5" -> MessageDigest.getInstance("MD5");
                default -> MessageDigest.getInstance("SHA-256");
            };
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + checksum, e);
        }
    }
}
