package io.tricolor.deploy.artifact;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * Compares the content of file artifacts with the hash they were released under. An image needs no check here: its digest is
 * part of its name. What was found right is not read again until a restart. Blocking.
 */
@Component
public class Artifacts {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final HttpClient http = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Set<Artifact> verified = ConcurrentHashMap.newKeySet();

    /** Has verified nothing yet. */
    public Artifacts() {}

    /**
     * Why the artifact may not be deployed, empty when it may.
     *
     * @throws IOException when it cannot be read now; it may be tried again
     */
    public Optional<Rejection> objection(Artifact artifact) throws IOException, InterruptedException {
        if (!(artifact instanceof Artifact.File file) || verified.contains(artifact)) {
            return Optional.empty();
        }
        String actual;
        try (InputStream content = open(URI.create(file.uri()))) {
            actual = sha256(content);
        } catch (NoSuchFileException e) {
            return refuse("there is no file " + file.uri());
        } catch (IllegalArgumentException e) {
            return refuse("artifact uri '" + file.uri() + "': " + e.getMessage());
        }
        if (!actual.equals(file.sha256())) {
            return refuse(
                    "the content of " + file.uri() + " has sha256 " + actual + ", the manifest says " + file.sha256());
        }
        verified.add(artifact);
        return Optional.empty();
    }

    private InputStream open(URI uri) throws IOException, InterruptedException {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        return switch (scheme) {
            case "file" -> Files.newInputStream(Path.of(uri));
            case "http", "https" -> {
                HttpRequest request =
                        HttpRequest.newBuilder(uri).timeout(PATIENCE).GET().build();
                HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
                if (answer.statusCode() != 200) {
                    answer.body().close();
                    throw new IOException(uri + " answers " + answer.statusCode());
                }
                yield answer.body();
            }
            default -> throw new IllegalArgumentException("scheme must be file, http or https");
        };
    }

    private static String sha256(InputStream content) throws IOException {
        try (DigestInputStream digest = new DigestInputStream(content, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static Optional<Rejection> refuse(String message) {
        return Optional.of(new Rejection(Code.ARTIFACT_UNVERIFIED, message));
    }
}
