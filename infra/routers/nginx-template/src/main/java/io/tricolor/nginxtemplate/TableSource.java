package io.tricolor.nginxtemplate;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Where route tables come from. */
interface TableSource {

    /** How long an answer of strategy-service or Consul may take. */
    Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * Looks for tables.
     *
     * @param known groups that have a table
     * @throws IOException when there is no answer, or none that can be trusted; what is known stays
     */
    News poll(Set<String> known) throws IOException, InterruptedException;

    /**
     * What was found.
     *
     * @param documents by group; may be old or the same as before
     * @param gone groups that are known not to be there any more
     */
    record News(SortedMap<String, String> documents, Set<String> gone) {}

    /** Asks strategy-service. A group is gone when two lists in a row lack it and its own address answers 404. */
    final class Strategy implements TableSource {

        private final Peer strategy;
        private final @Nullable String routerId;
        private final Map<String, String> fetched = new HashMap<>();
        private final Map<String, Integer> missed = new HashMap<>();

        Strategy(Peer strategy, @Nullable String routerId) {
            this.strategy = strategy;
            this.routerId = routerId;
        }

        @Override
        public News poll(Set<String> known) throws IOException, InterruptedException {
            JsonNode list = json(answer("/api/route-tables")).path("tables");
            if (!list.isArray()) {
                throw new IOException("strategy-service sent no list of tables");
            }
            SortedMap<String, String> documents = new TreeMap<>();
            Set<String> listed = new HashSet<>();
            for (JsonNode item : list) {
                String group = item.path("group").asString("");
                String number = item.path("epoch") + "." + item.path("version");
                listed.add(group);
                missed.remove(group);
                if (!number.equals(fetched.get(group))) {
                    documents.put(group, answer(path(group)));
                    fetched.put(group, number);
                }
            }
            return new News(documents, gone(known, listed));
        }

        private Set<String> gone(Set<String> known, Set<String> listed) throws IOException, InterruptedException {
            Set<String> gone = new HashSet<>();
            for (String group : known) {
                if (!listed.contains(group)
                        && missed.merge(group, 1, Integer::sum) > 1
                        && strategy.get(withRouter(path(group)), PATIENCE).statusCode() == 404) {
                    gone.add(group);
                    fetched.remove(group);
                    missed.remove(group);
                }
            }
            return gone;
        }

        private static String path(String group) {
            return "/api/route-tables/" + URLEncoder.encode(group, StandardCharsets.UTF_8);
        }

        private String withRouter(String path) {
            return routerId == null ? path : path + "?router=" + URLEncoder.encode(routerId, StandardCharsets.UTF_8);
        }

        private String answer(String path) throws IOException, InterruptedException {
            HttpResponse<String> answer = strategy.get(withRouter(path), PATIENCE);
            if (answer.statusCode() != 200) {
                throw new IOException("strategy-service answered " + answer.statusCode() + " to " + path);
            }
            return answer.body();
        }
    }

    /** Reads the copies in Consul's key-value store. They do not say when a group is gone. */
    final class ConsulCopies implements TableSource {

        private static final String PREFIX = "tricolor/route-tables/";
        private final Peer consul;

        ConsulCopies(Peer consul) {
            this.consul = consul;
        }

        @Override
        public News poll(Set<String> known) throws IOException, InterruptedException {
            HttpResponse<String> answer = consul.get("/v1/kv/" + PREFIX + "?recurse", PATIENCE);
            SortedMap<String, String> documents = new TreeMap<>();
            if (answer.statusCode() == 404) {
                return new News(documents, Set.of());
            }
            if (answer.statusCode() != 200) {
                throw new IOException("Consul answered " + answer.statusCode() + " for " + PREFIX);
            }
            for (JsonNode pair : json(answer.body())) {
                String group = pair.path("Key").asString("").substring(PREFIX.length());
                String value = pair.path("Value").asString("");
                if (!group.isEmpty() && !value.isEmpty()) {
                    try {
                        documents.put(group, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
                    } catch (IllegalArgumentException e) {
                        throw new IOException("Consul sent a value of " + group + " that is not base64", e);
                    }
                }
            }
            return new News(documents, Set.of());
        }
    }

    /** Reads a file with one table, or a directory with one in each {@code *.json}. A file that is taken away ends its group. */
    final class InFiles implements TableSource {

        private final Path path;

        InFiles(Path path) {
            this.path = path;
        }

        @Override
        public News poll(Set<String> known) throws IOException {
            SortedMap<String, String> documents = new TreeMap<>();
            for (Path file : files()) {
                String document = Files.readString(file);
                String group = json(document).path("group").asString("");
                if (documents.put(group, document) != null) {
                    throw new IOException("two files in " + path + " hold a table of group '" + group + "'");
                }
            }
            Set<String> gone = new HashSet<>(known);
            gone.removeAll(documents.keySet());
            return new News(documents, gone);
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
