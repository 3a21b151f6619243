package io.tricolor.deploy.artifact;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.secret.Secrets;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Compares the content of file artifacts with the hash they were released under, and keeps it for the orchestrators
 * when there is a store: what was compared is what runs. An image needs no check here: its digest is part of its name.
 * Artifacts are read on threads of their own, a bounded number at once; whoever asks is never held up.
 */
@Component
public class Artifacts {

    private final ArtifactProperties properties;
    private final Origins origins;
    private final @Nullable ContentStore store;
    private final Executor readers;
    private final ConcurrentMap<Artifact.File, Check> checks = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Object> locks = new ConcurrentHashMap<>();
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
    Artifacts(ArtifactProperties properties, Secrets secrets) {
        this(
                properties,
                secrets,
                Executors.newFixedThreadPool(
                        properties.atOnce(),
                        Thread.ofPlatform().name("artifact-", 1).daemon().factory()));
    }

    Artifacts(ArtifactProperties properties, @Nullable Secrets secrets, Executor readers) {
        this.properties = properties;
        this.readers = readers;
        this.origins = new Origins(properties, secrets);
        this.store = properties.url() == null ? null : new ContentStore(directory(properties));
    }

    private static Path directory(ArtifactProperties properties) {
        Path named = properties.directory();
        return named == null ? Path.of(System.getProperty("user.home"), ".tricolor", "artifacts") : named;
    }

    /** With default limits and without a store, on threads of the caller's. */
    public static Artifacts readBy(Executor readers) {
        return new Artifacts(ArtifactProperties.usual(null, null), null, readers);
    }

    /** Where content is kept; empty when it is not. */
    Optional<ContentStore> store() {
        return Optional.ofNullable(store);
    }

    Origins origins() {
        return origins;
    }

    /** Where the orchestrator is to read a file from: the store, or its origin when there is none. */
    public String source(Artifact.File file) {
        URI url = properties.url();
        if (url == null) {
            return file.uri();
        }
        String path = URI.create(file.uri()).getRawPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return url + "/artifacts/sha256/" + file.sha256() + "/" + name;
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
        if (known instanceof Check.Right && !isKept(file)) {
            checks.remove(file, known); // it was taken out of the store
            known = null;
        }
        if (known == null && store != null && isKept(file)) {
            return new Check.Right();
        }
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

    private boolean isKept(Artifact.File file) {
        try {
            return store == null || store.find(file.sha256()).isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isOver(Check check) {
        return check instanceof Check.Failed failed && System.nanoTime() - failed.retryAtNanos() >= 0;
    }

    private void read(Artifact.File file, Check.Reading reading) {
        Check result;
        try {
            boolean right = store == null ? isRight(file, reading.bytes()) : taken(file, store, reading.bytes());
            // The hash that it has is not told: a file of this machine could be asked for by it.
            result = right
                    ? new Check.Right()
                    : wrong("the content of " + file.uri() + " has another sha256 than the manifest says ("
                            + file.sha256() + ")");
        } catch (Origins.NotThere | IllegalArgumentException e) {
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

    private boolean isRight(Artifact.File file, AtomicLong bytes)
            throws IOException, InterruptedException, Origins.NotThere {
        MessageDigest digest = ContentStore.sha256();
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
        origins.read(URI.create(file.uri()), target);
        return HexFormat.of().formatHex(digest.digest()).equals(file.sha256());
    }

    /** Two that name the same content by other addresses are read one after the other. */
    private boolean taken(Artifact.File file, ContentStore into, AtomicLong bytes)
            throws IOException, InterruptedException, Origins.NotThere {
        Object lock = locks.computeIfAbsent(file.sha256(), hash -> new Object());
        synchronized (lock) {
            if (into.find(file.sha256()).isEmpty()) {
                origins.read(URI.create(file.uri()), into.partial(file.sha256()), bytes::set);
                return into.keep(file.sha256());
            }
            return true;
        }
    }
}
