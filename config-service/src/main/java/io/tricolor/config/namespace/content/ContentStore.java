package io.tricolor.config.namespace.content;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Contents by their hash. A content is never changed or removed. Takes part in the caller's transaction. */
@Component
public class ContentStore {

    private final JdbcClient jdbc;

    ContentStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Keeps a content; returns its hash. Keeping it twice is keeping it once. */
    public String put(ConfigContent content) {
        String canonical = content.canonical();
        String sha256 = ConfigContent.sha256(canonical);
        jdbc.sql("insert into config_content (sha256, body) values (:sha256, :body) on conflict do nothing")
                .param("sha256", sha256)
                .param("body", canonical)
                .update();
        return sha256;
    }

    /** The content of a hash. Throws {@link IllegalStateException} when it is missing or is not what its hash says. */
    public ConfigContent get(String sha256) {
        String canonical = jdbc.sql("select body from config_content where sha256 = :sha256")
                .param("sha256", sha256)
                .query(String.class)
                .optional()
                .orElseThrow(() -> new IllegalStateException("content " + sha256 + " is missing"));
        if (!ConfigContent.sha256(canonical).equals(sha256)) {
            throw new IllegalStateException("content " + sha256 + " is damaged");
        }
        return ConfigContent.ofCanonical(canonical);
    }
}
