package io.tricolor.config.namespace.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Contents by their hash. A content is never changed or removed. Takes part in the caller's transaction. */
@Component
public class ContentStore {

    private static final int CHARACTERS_KEPT = 16 * 1024 * 1024;
    private static final int FIRST_FORM = 1;
    private static final int FORM = 2;

    private final JdbcClient jdbc;
    private final Cache<String, Kept> kept = Caffeine.newBuilder()
            .maximumWeight(CHARACTERS_KEPT)
            .weigher((String sha256, Kept one) -> one.characters())
            .build();

    ContentStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Kept(ConfigContent content, int characters) {}

    private record Row(int form, String body) {}

    /** Keeps a content; returns its hash. Keeping it twice is keeping it once. */
    public String put(ConfigContent content) {
        String stored = content.stored();
        String sha256 = ConfigContent.sha256(stored);
        jdbc.sql(
                        "insert into config_content (sha256, form, body) values (:sha256, :form, :body) on conflict do nothing")
                .param("sha256", sha256)
                .param("form", FORM)
                .param("body", stored)
                .update();
        return sha256;
    }

    /** The content of a hash. Throws {@link IllegalStateException} when it is missing or is not what its hash says. */
    public ConfigContent get(String sha256) {
        return kept.get(sha256, this::read).content();
    }

    private Kept read(String sha256) {
        Row row = jdbc.sql("select form, body from config_content where sha256 = :sha256")
                .param("sha256", sha256)
                .query((found, number) -> new Row(found.getInt("form"), found.getString("body")))
                .optional()
                .orElseThrow(() -> new IllegalStateException("content " + sha256 + " is missing"));
        if (!ConfigContent.sha256(row.body()).equals(sha256)) {
            throw new IllegalStateException("content " + sha256 + " is damaged");
        }
        return new Kept(
                row.form() == FIRST_FORM ? ConfigContent.ofFirstForm(row.body()) : ConfigContent.ofStored(row.body()),
                row.body().length());
    }
}
