package io.tricolor.deploy.artifact;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Compares the content of file artifacts with the hash they were released under. An image needs no check here: its
 * digest is
 * part of its name. Artifacts are read on threads of their own, a bounded number at once; whoever asks is never held
 * up. What was
 * found right is not read again until a restart.
 */
@Component
public class Artifacts {

    private final HttpCalls http;
    private final ArtifactProperties properties;
    private final Executor readers;
    private final ConcurrentMap<Artifact.File, Check> checks = new ConcurrentHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** How far the check of an artifact is. */
    public sealed interface Check {

        /** It is what was released. */
        record Right() implements Check {}

        /** It is not what was released and may never be deployed. */
        record Wrong(Rejection rejection) implements Check {}

        /** It could not be read; it is tried again by itself when it is asked for after a pause. */
        record Failed(String message, long retryAtNanos) implements Check {}

        /**
         * It is being read.
         *
         * @param bytes how much has been read
         */
        record Reading(String uri, AtomicLong bytes) implements Check {

            /** For people. */
            public String message() {
                return "artifact " + uri + " is being read: " + (bytes.get() >> 20) + " MiB so far";
            }
        }
    }

    @Autowired
    Artifacts(ArtifactProperties properties) {
        this(
                properties,
                Executors.newFixedThreadPool(
                        properties.atOnce(),
                        Thread.ofPlatform().name("artifact-", 1).daemon().factory()));
    }

    private Artifacts(ArtifactProperties properties, Executor readers) {
        this.properties = properties;
        this.readers = readers;
        this.http = HttpCalls.named("artifacts")
                .connectWithin(Duration.ofSeconds(5))
                .within(properties.within())
                .headersWithin(Duration.ofSeconds(30))
                .followOnTheSameHost(5)
                .build();
    }

    /** With default limits, on threads of the caller's. */
    public static Artifacts readBy(Executor readers) {
        return new Artifacts(
                new ArtifactProperties(Duration.ofMinutes(10), DataSize.ofGigabytes(4), 4, Duration.ofSeconds(5)),
                readers);
    }

    /** Calls {@code listener} whenever the check of an artifact ended. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** How far the check is; begins it when it has not begun, or when it failed a while ago. Does not block. */
    public Check check(Artifact artifact) {
        if (!(artifact instanceof Artifact.File file)) {
            return new Check.Right();
        }
        Check known = checks.get(file);
        if (known instanceof Check.Wrong) {
            // Said once. Who asks again wants it read again: the right content may have been put in its place.
            checks.remove(file, known);
            return known;
        }
        Check.Reading fresh = new Check.Reading(file.uri(), new AtomicLong());
        boolean begins = known == null
                ? checks.putIfAbsent(file, fresh) == null
                : isOver(known) && checks.replace(file, known, fresh);
        if (begins) {
            readers.execute(() -> read(file, fresh));
        }
        return checks.getOrDefault(file, fresh);
    }

    private static boolean isOver(Check check) {
        return check instanceof Check.Failed failed && System.nanoTime() - failed.retryAtNanos() >= 0;
    }

    private void read(Artifact.File file, Check.Reading reading) {
        Check result;
        try {
            String actual = sha256(URI.create(file.uri()), reading.bytes());
            result = actual.equals(file.sha256())
                    ? new Check.Right()
                    : wrong("the content of " + file.uri() + " has sha256 " + actual + ", the manifest says "
                            + file.sha256());
        } catch (NotThere | IllegalArgumentException e) {
            result = wrong("artifact uri '" + file.uri() + "': " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            result = failed("interrupted while " + file.uri() + " was read");
        } catch (IOException e) {
            result = failed("artifact " + file.uri() + " cannot be read: " + e);
        } catch (RuntimeException
                | Error e) { // whatever it is: a check that never ends would hold its deployment for ever
            result = failed("artifact " + file.uri() + " cannot be read: " + e);
        }
        checks.put(file, result);
        listeners.forEach(Runnable::run);
    }

    private Check failed(String message) {
        return new Check.Failed(message, System.nanoTime() + properties.retry().toNanos());
    }

    private static Check wrong(String message) {
        return new Check.Wrong(new Rejection(Code.ARTIFACT_UNVERIFIED, message));
    }

    private String sha256(URI uri, AtomicLong bytes) throws IOException, InterruptedException, NotThere {
        MessageDigest digest = sha256();
        OutputStream target = new OutputStream() {
            @Override
            public void write(int b) {
                digest.update((byte) b);
                bytes.incrementAndGet();
            }

            @Override
            public void write(byte[] buffer, int offset, int length) {
                digest.update(buffer, offset, length);
                bytes.addAndGet(length);
            }
        };
        switch (uri.getScheme() == null ? "" : uri.getScheme()) {
            case "file" -> {
                Path file = Path.of(uri);
                if (!Files.isRegularFile(file)) {
                    throw new NotThere("there is no such file");
                }
                try (InputStream content = Files.newInputStream(file)) {
                    content.transferTo(target);
                }
            }
            case "http", "https" -> {
                HttpAnswer answer = http.download(
                        HttpRequest.newBuilder(uri).GET().build(),
                        target,
                        properties.maxSize().toBytes(),
                        properties.within());
                if (answer.status() != 200) {
                    throw new IOException("answer " + answer.status());
                }
            }
            default -> throw new IllegalArgumentException("scheme must be file, http or https");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The file is not there. */
    private static final class NotThere extends Exception {
        private static final long serialVersionUID = 1L;

        private NotThere(String message) {
            super(message);
        }
    }
}
