package io.tricolor.deploy.artifact;

import io.tricolor.contracts.group.SecretRef;
import io.tricolor.deploy.artifact.ArtifactProperties.Repository;
import io.tricolor.deploy.secret.Secrets;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads from where artifacts come from: files, and HTTP servers with the credentials of the repository that an address
 * belongs to, or one of its mirrors. Blocking.
 */
final class Origins {

    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final ArtifactProperties properties;
    private final Hosts hosts;
    private final @Nullable Secrets secrets;
    private final HttpCalls http;

    /**
     * With the credentials that the secrets have.
     *
     * @param secrets null: there are none
     */
    Origins(ArtifactProperties properties, @Nullable Secrets secrets) {
        this.properties = properties;
        this.hosts = new Hosts(properties.hosts());
        this.secrets = secrets;
        this.http = HttpCalls.named("artifacts")
                .connectWithin(Duration.ofSeconds(5))
                .within(properties.within())
                .headersWithin(Duration.ofSeconds(30))
                .followOnTheSameHost(5)
                .build();
    }

    /** There is nothing at the address, or it may not be read; asking again does not help. */
    static final class NotThere extends Exception {
        private static final long serialVersionUID = 1L;

        NotThere(String message) {
            super(message);
        }
    }

    /** Writes all content to a stream. */
    void read(URI uri, OutputStream target) throws IOException, InterruptedException, NotThere {
        switch (scheme(uri)) {
            case "file" -> {
                try (InputStream content = Files.newInputStream(file(uri))) {
                    content.transferTo(target);
                }
            }
            case "http", "https" -> {
                HttpAnswer answer = download(uri, target, Map.of());
                if (answer.status() != 200) {
                    throw new IOException("answer " + answer.status());
                }
            }
            default -> throw new NotThere("scheme must be file, http or https");
        }
    }

    /**
     * Writes all content to a file, or the rest of it when the file has its beginning.
     *
     * @param progress is told how many bytes there are
     */
    void read(URI uri, Path target, LongConsumer progress) throws IOException, InterruptedException, NotThere {
        if (scheme(uri).equals("file") || !Files.exists(target) || Files.size(target) == 0) {
            try (OutputStream out = counted(Files.newOutputStream(target), 0, progress)) {
                read(uri, out);
            }
            return;
        }
        long had = Files.size(target);
        Path rest = target.resolveSibling(target.getFileName() + ".rest");
        try {
            HttpAnswer answer;
            try (OutputStream out = counted(Files.newOutputStream(rest), had, progress)) {
                answer = download(uri, out, Map.of("Range", "bytes=" + had + "-"));
            }
            boolean fits =
                    answer.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + had + "-");
            if (answer.status() == PARTIAL_CONTENT && fits) {
                append(rest, target);
            } else if (answer.status() == 200) {
                Files.move(rest, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            } else if (answer.status() != RANGE_NOT_SATISFIABLE) { // that one may be whole: it is compared
                throw new IOException("answer " + answer.status());
            }
        } finally {
            Files.deleteIfExists(rest);
        }
    }

    private static void append(Path from, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            for (long done = 0; done < in.size(); ) {
                done += in.transferTo(done, in.size() - done, out);
            }
        }
    }

    private static OutputStream counted(OutputStream target, long had, LongConsumer progress) {
        return new OutputStream() {
            private long count = had;

            @Override
            public void write(int b) throws IOException {
                target.write(b);
                progress.accept(++count);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                target.write(buffer, offset, length);
                count += length;
                progress.accept(count);
            }

            @Override
            public void close() throws IOException {
                target.close();
            }
        };
    }

    /** A small document; of a status that is not 200 too. Mirrors are asked when the repository does not answer. */
    HttpAnswer ask(URI uri, Map<String, String> headers) throws IOException, InterruptedException, NotThere {
        IOException failure = null;
        for (URI place : places(uri)) {
            try {
                HttpAnswer answer = http.send(request(place, headers).build());
                if (answer.status() < 500) {
                    return answer;
                }
                failure = new IOException(place.getHost() + " answers " + answer.status());
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure == null ? new IOException("nobody to ask") : failure;
    }

    private HttpAnswer download(URI uri, OutputStream target, Map<String, String> headers)
            throws IOException, InterruptedException, NotThere {
        IOException failure = null;
        for (URI place : places(uri)) {
            long[] written = {0};
            OutputStream counting = counted(target, 0, count -> written[0] = count);
            try {
                HttpAnswer answer = http.download(
                        request(place, headers).GET().build(),
                        counting,
                        properties.maxSize().toBytes(),
                        properties.within());
                if (answer.isOk() || answer.status() == RANGE_NOT_SATISFIABLE) {
                    return answer;
                }
                failure = new IOException(
                        "answer " + answer.status() + (place.equals(uri) ? "" : " of mirror " + place.getHost()));
            } catch (IOException e) {
                failure = e;
            }
            if (written[0] > 0) {
                throw failure; // what came is gone on with
            }
        }
        throw failure == null ? new FileNotFoundException("nobody to ask") : failure;
    }

    private HttpRequest.Builder request(URI place, Map<String, String> headers) throws IOException, NotThere {
        try {
            hosts.check(place);
        } catch (Hosts.Forbidden e) {
            throw new NotThere(String.valueOf(e.getMessage()));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(place);
        if (!headers.containsKey("Authorization")) {
            authorization(place).ifPresent(value -> request.header("Authorization", value));
        }
        headers.forEach(request::header);
        return request;
    }

    /** The address itself, then the same on the mirrors of its repository. */
    private List<URI> places(URI uri) {
        List<URI> places = new ArrayList<>(List.of(uri));
        repository(uri)
                .ifPresent(repository -> repository
                        .mirrors()
                        .forEach(mirror -> places.add(URI.create(mirror
                                + uri.toString()
                                        .substring(repository.url().toString().length())))));
        return places;
    }

    /** The repository that has this address, the one with the longest address of its own when there are several. */
    private Optional<Repository> repository(URI uri) {
        return properties.repositories().values().stream()
                .filter(repository -> isBelow(uri, repository.url()))
                .max(Comparator.comparingInt(
                        repository -> repository.url().toString().length()));
    }

    private static boolean isBelow(URI uri, URI base) {
        return uri.toString().equals(base.toString()) || uri.toString().startsWith(base + "/");
    }

    /** What the repository of an address, or of a mirror, is to be shown; credentials never go elsewhere. */
    Optional<String> authorization(URI place) throws IOException {
        for (Repository repository : properties.repositories().values()) {
            boolean ours = isBelow(place, repository.url())
                    || repository.mirrors().stream().anyMatch(mirror -> isBelow(place, mirror));
            String token = repository.tokenSecret();
            String password = repository.passwordSecret();
            if (ours && token != null) {
                return Optional.of("Bearer " + secret(token));
            }
            if (ours && password != null) {
                String pair = repository.username() + ":" + secret(password);
                return Optional.of(
                        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
            }
        }
        return Optional.empty();
    }

    private String secret(String name) throws IOException {
        if (secrets == null) {
            throw new IOException("there are no secrets");
        }
        try {
            Map<String, String> values = new LinkedHashMap<>();
            secrets.resolve(Map.of("value", new SecretRef(name))).addTo(values);
            return values.getOrDefault("value", "").strip();
        } catch (Secrets.Missing e) {
            throw new IOException("there is no secret " + name + " for the repository", e);
        }
    }

    private Path file(URI uri) throws NotThere, IOException {
        Path file;
        try {
            file = Path.of(uri);
        } catch (IllegalArgumentException e) {
            throw new NotThere("this is no address of a file");
        }
        // Where the link leads counts, not where it lies.
        Path real = Files.exists(file) ? file.toRealPath() : file.normalize();
        boolean allowed = properties.files().isEmpty()
                || properties.files().stream().anyMatch(directory -> real.startsWith(real(directory)));
        if (!allowed) {
            throw new NotThere("files may not be read there (tricolor.artifacts.files says where they may)");
        }
        if (!Files.isRegularFile(real)) {
            throw new NotThere("there is no such file");
        }
        return real;
    }

    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            return directory.toAbsolutePath().normalize();
        }
    }

    private static String scheme(URI uri) {
        return uri.getScheme() == null ? "" : uri.getScheme();
    }
}
