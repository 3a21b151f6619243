package io.tricolor.config.kv;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.config.secret.Secrets;
import io.tricolor.contracts.SecretNames;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Current values of the default label as Consul has them: {@code config/shop,prod/pricing.currency}, and
 * {@code config/shop/…} for the profile {@code default}. An index is the position of the revision that changed a key
 * last, deletions included, so it only grows and survives restarts and rebuilds. Blocking.
 */
@Component
class KeyValues {

    /** The first folder of every key. */
    static final String ROOT = "config/";

    private static final int CHARACTERS_KEPT = 4 * 1024 * 1024;
    private static final Duration KEPT = Duration.ofSeconds(10);

    private final JdbcClient jdbc;
    private final Revisions revisions;
    private final Secrets secrets;
    private final String label;
    private final Cache<Asked, Found> answers = Caffeine.newBuilder()
            .maximumWeight(CHARACTERS_KEPT)
            .weigher((Asked asked, Found found) -> found.characters())
            .expireAfterWrite(KEPT)
            .build();

    KeyValues(JdbcClient jdbc, Revisions revisions, Secrets secrets, ConfigProperties properties) {
        this.jdbc = jdbc;
        this.revisions = revisions;
        this.secrets = secrets;
        this.label = properties.defaultLabel();
    }

    private record Asked(String prefix, boolean exact, long position) {}

    /** When a key was changed first and last. */
    private record Changed(long first, long last) {}

    /** Keys in their order, with the index of the whole. */
    record Found(List<Entry> entries, long index) {

        private int characters() {
            return 1
                    + entries.stream()
                            .mapToInt(entry ->
                                    entry.key().length() + entry.value().length())
                            .sum();
        }
    }

    /** A key as Consul answers it. */
    record Entry(
            @JsonProperty("LockIndex") long lockIndex,
            @JsonProperty("Key") String key,
            @JsonProperty("Flags") long flags,
            @JsonProperty("Value") String value,
            @JsonProperty("CreateIndex") long createIndex,
            @JsonProperty("ModifyIndex") long modifyIndex,
            @JsonIgnore String application,
            @JsonIgnore boolean secret) {

        String text() {
            return new String(bytes(), UTF_8);
        }

        byte[] bytes() {
            return Base64.getDecoder().decode(value);
        }

        /** Its value is for those who read it alone. */
        @Override
        public String toString() {
            return key + "@" + modifyIndex;
        }
    }

    /** The folder of a namespace. */
    static String folder(NamespaceId namespace) {
        return ROOT + namespace.application()
                + (namespace.profile().equals(NamespaceId.DEFAULT_PROFILE) ? "" : "," + namespace.profile()) + "/";
    }

    /**
     * Keys that begin with {@code prefix}, or are it, as they are now.
     *
     * @param exact the key itself alone
     */
    Found find(String prefix, boolean exact) {
        revisions.whole();
        List<Entry> entries = new ArrayList<>();
        long index = 1;
        for (NamespaceId namespace : namespaces(prefix)) {
            String folder = folder(namespace);
            // Changes before values: a value may be newer than its index, which costs one more look, never older.
            Map<String, Changed> changes = changes(namespace);
            for (Map.Entry<String, Changed> change : changes.entrySet()) {
                if (matches(folder + change.getKey(), prefix, exact)) {
                    index = Math.max(index, change.getValue().last());
                }
            }
            RevisionView current = revisions.current(namespace).orElse(null);
            if (current != null) {
                Map<String, Object> stored = revisions.contentOf(current).values();
                secrets.open(stored, namespace).forEach((key, value) -> {
                    if (matches(folder + key, prefix, exact)) {
                        boolean secret = SecretNames.isSecret(key, stored.get(key));
                        entries.add(entry(folder + key, value, changes.get(key), namespace, secret));
                    }
                });
            }
        }
        entries.sort(Comparator.comparing(Entry::key));
        return new Found(List.copyOf(entries), index);
    }

    /** The same for all who are woken by the change at a position: they ask the database once. */
    Found findAt(String prefix, boolean exact, long position) {
        return answers.get(new Asked(prefix, exact, position), asked -> find(prefix, exact));
    }

    static boolean matches(String key, String prefix, boolean exact) {
        return exact ? key.equals(prefix) : key.startsWith(prefix);
    }

    private static Entry entry(
            String key, Object value, @Nullable Changed changed, NamespaceId namespace, boolean secret) {
        String text = value instanceof BigDecimal number ? number.toPlainString() : value.toString();
        return new Entry(
                0,
                key,
                0,
                Base64.getEncoder().encodeToString(text.getBytes(UTF_8)),
                changed == null ? 1 : changed.first(),
                changed == null ? 1 : changed.last(),
                namespace.application(),
                secret);
    }

    private List<NamespaceId> namespaces(String prefix) {
        return jdbc
                .sql("select distinct namespace from config_revision where label = :label")
                .param("label", label)
                .query(String.class)
                .list()
                .stream()
                .map(NamespaceId::of)
                .filter(namespace -> folder(namespace).startsWith(prefix) || prefix.startsWith(folder(namespace)))
                .toList();
    }

    private Map<String, Changed> changes(NamespaceId namespace) {
        Map<String, Changed> changes = new HashMap<>();
        jdbc.sql("""
                        select key, min(position) as first, max(position) as last
                        from config_revision, unnest(changed_keys) as key
                        where namespace = :namespace and key not like :files group by key
                        """)
                .param("namespace", namespace.toString())
                .param("files", ConfigContent.FILE + "%")
                .query(row -> {
                    changes.put(row.getString("key"), new Changed(row.getLong("first"), row.getLong("last")));
                });
        return changes;
    }
}
