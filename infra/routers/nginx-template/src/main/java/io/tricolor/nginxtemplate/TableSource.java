package io.tricolor.nginxtemplate;

import io.tricolor.contracts.router.TableChanges;
import io.tricolor.router.sources.FilteredAnswer;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Where route tables come from. What is not in an answer has not changed: a group ends by a table that says so, and in
 * no other way.
 */
interface TableSource {

    /** How long an answer of strategy-service or Consul may take, all of it. */
    Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * Looks for tables.
     *
     * @return documents by group; they may be old or the same as before
     * @throws IOException when there is no answer, or none that can be trusted; what is known stays
     */
    SortedMap<String, Document> poll() throws IOException, InterruptedException;

    /**
     * A table as it was received.
     *
     * @param sha256 of its bytes, as the source says; null where it says nothing
     */
    record Document(String json, @Nullable String sha256) {}

    /** Asks strategy-service for what has changed since it was asked last. */
    final class Strategy implements TableSource {

        private final Peer strategy;
        private final @Nullable String routerId;
        private @Nullable String cursor;

        Strategy(Peer strategy, @Nullable String routerId) {
            this.strategy = strategy;
            this.routerId = routerId;
        }

        @Override
        public SortedMap<String, Document> poll() throws IOException, InterruptedException {
            SortedMap<String, Document> documents = new TreeMap<>();
            String since = cursor;
            boolean complete = false;
            while (!complete) {
                TableChanges changes = changes(since);
                if (!changes.complete() && changes.cursor().equals(since)) {
                    throw new IOException("strategy-service tells the same changes again and again");
                }
                for (TableChanges.Change change : changes.tables()) {
                    documents.put(change.group(), new Document(change.document(), change.sha256()));
                }
                since = changes.cursor();
                complete = changes.complete();
            }
            cursor = since;
            return documents;
        }

        private TableChanges changes(@Nullable String since) throws IOException, InterruptedException {
            String path = "/api/route-tables/changes?router="
                    + (routerId == null ? "" : URLEncoder.encode(routerId, StandardCharsets.UTF_8))
                    + (since == null ? "" : "&since=" + URLEncoder.encode(since, StandardCharsets.UTF_8))
                    + "&wait=0s";
            HttpResponse<String> answer = strategy.get(path, PATIENCE);
            if (answer.statusCode() != 200) {
                throw new IOException("strategy-service answered " + answer.statusCode() + " to " + path);
            }
            try {
                TableChanges changes = Json.LENIENT.readValue(answer.body(), TableChanges.class);
                if (isWhole(changes)) {
                    return changes;
                }
            } catch (JacksonException e) {
                throw new IOException("strategy-service sent no changes: " + e.getOriginalMessage(), e);
            }
            throw new IOException("strategy-service sent no changes");
        }

        @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
        private static boolean isWhole(TableChanges changes) {
            return changes != null
                    && changes.cursor() != null
                    && changes.tables() != null
                    && changes.tables().stream()
                            .allMatch(change -> change != null
                                    && change.group() != null
                                    && change.document() != null
                                    && change.sha256() != null);
        }
    }

    /** Reads the copies in Consul's key-value store. */
    final class ConsulCopies implements TableSource {

        private static final String PREFIX = "tricolor/route-tables/";
        private final Peer consul;

        ConsulCopies(Peer consul) {
            this.consul = consul;
        }

        @Override
        public SortedMap<String, Document> poll() throws IOException, InterruptedException {
            HttpResponse<String> answer = consul.get("/v1/kv/" + PREFIX + "?recurse", PATIENCE);
            FilteredAnswer.refuse(answer);
            SortedMap<String, Document> documents = new TreeMap<>();
            if (answer.statusCode() == 404) {
                return documents;
            }
            if (answer.statusCode() != 200) {
                throw new IOException("Consul answered " + answer.statusCode() + " for " + PREFIX);
            }
            for (JsonNode pair : json(answer.body())) {
                String group = pair.path("Key").asString("").substring(PREFIX.length());
                String value = pair.path("Value").asString("");
                if (!group.isEmpty() && !value.isEmpty()) {
                    try {
                        documents.put(
                                group,
                                new Document(
                                        new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8), null));
                    } catch (IllegalArgumentException e) {
                        throw new IOException("Consul sent a value of " + group + " that is not base64", e);
                    }
                }
            }
            return documents;
        }
    }

    /** Reads a file with one table, or a directory with one in each {@code *.json}. */
    final class InFiles implements TableSource {

        private final Path path;

        InFiles(Path path) {
            this.path = path;
        }

        @Override
        public SortedMap<String, Document> poll() throws IOException {
            SortedMap<String, Document> documents = new TreeMap<>();
            for (Path file : files()) {
                String document = Files.readString(file);
                String group = json(document).path("group").asString("");
                if (documents.put(group, new Document(document, null)) != null) {
                    throw new IOException("two files in " + path + " hold a table of group '" + group + "'");
                }
            }
            return documents;
        }

        private List<Path> files() throws IOException {
            if (!Files.isDirectory(path)) {
                return List.of(path);
            }
            try (Stream<Path> all = Files.list(path)) {
                return all.filter(file -> file.toString().endsWith(".json"))
                        .sorted()
                        .toList();
            }
        }
    }

    private static JsonNode json(String text) throws IOException {
        try {
            return Json.LENIENT.readTree(text);
        } catch (JacksonException e) {
            throw new IOException("not JSON: " + e.getOriginalMessage(), e);
        }
    }
}
