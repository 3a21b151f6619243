package io.tricolor.config.namespace.draft;

import static io.tricolor.config.RunningService.client;
import static io.tricolor.config.RunningService.code;
import static io.tricolor.config.RunningService.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.config.RunningService;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.test.web.reactive.server.WebTestClient;

@ExtendWith(RunningService.class)
class DraftsIT {

    private static final WebTestClient ED = client("ed", "config-editor");
    private static final WebTestClient ANN = client("ann", "config-publisher");

    private static WebTestClient.ResponseSpec save(WebTestClient client, String namespace, Map<String, Object> body) {
        return client.put()
                .uri("/api/config/" + namespace + "/draft")
                .bodyValue(body)
                .exchange();
    }

    private static WebTestClient.ResponseSpec publication(WebTestClient client, String namespace) {
        return client.post()
                .uri("/api/config/" + namespace + "/draft/publication")
                .bodyValue(Map.of("reason", "ready"))
                .exchange();
    }

    private static String text(WebTestClient client, String path) {
        return client.get()
                .uri(URI.create(RunningService.url() + path))
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
    }

    @Test
    void a_draft_is_seen_by_nobody_who_reads_configuration_until_it_is_published() {
        publish(ANN, "drafted", Map.of("yaml", "a: 1\ndb.password: hunter2", "reason", "x"));
        save(ED, "drafted/dev/main", Map.of("yaml", "a: 2\nb: 3\ndb.password: hunter3"))
                .expectStatus()
                .isOk()
                .expectHeader()
                .valueEquals("ETag", "\"1\"")
                .expectBody()
                .jsonPath("$.base")
                .isEqualTo(1)
                .jsonPath("$.authors")
                .isEqualTo(List.of("ed"));
        assertThat(text(client("svc", "config-client"), "/config-server/drafted/dev"))
                .contains("\"a\":1");
        assertThat(text(ANN, "/api/config/drafted/dev/main/draft"))
                .contains("\"changed\":{\"a\":{\"from\":1,\"to\":2}", "hunter3", "\"document\":{\"format\":\"yaml\"");
        assertThat(text(client("vic", "viewer"), "/api/config/drafted/dev/main/draft"))
                .contains("\"added\":{\"b\":3}")
                .doesNotContain("hunter");
        code(publication(ED, "drafted/dev/main"), 403, "FORBIDDEN");
        publication(ANN, "drafted/dev/main")
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.revision")
                .isEqualTo(2)
                .jsonPath("$.changedKeys")
                .isEqualTo(List.of("a", "b", "db.password"));
        assertThat(text(client("svc", "config-client"), "/config-server/drafted/dev"))
                .contains("\"a\":2");
        code(ANN.get().uri("/api/config/drafted/dev/main/draft").exchange(), 404, "DRAFT_NOT_FOUND");
        code(publication(ANN, "drafted/dev/main"), 404, "DRAFT_NOT_FOUND");
    }

    @Test
    void a_publication_that_is_sent_again_gets_its_answer_again() {
        save(ED, "again/dev/main", Map.of("text", "a=1"));
        for (int i = 0; i < 2; i++) {
            ANN.post()
                    .uri("/api/config/again/dev/main/draft/publication")
                    .header("Idempotency-Key", "draft-again")
                    .bodyValue(Map.of("reason", "ready"))
                    .exchange()
                    .expectStatus()
                    .isCreated()
                    .expectBody()
                    .jsonPath("$.revision")
                    .isEqualTo(1);
        }
        code(publication(ANN, "again/dev/main"), 404, "DRAFT_NOT_FOUND");
    }

    @Test
    void a_draft_is_checked_when_it_is_written() {
        code(save(ED, "checked/dev/main", Map.of("yaml", "a: [")), 400, "INVALID_ARGUMENT");
        code(save(client("vic", "viewer"), "checked/dev/main", Map.of("yaml", "a: 1")), 403, "FORBIDDEN");
        code(save(ED, "checked/dev/main", Map.of("yaml", "a: 1", "base", 4)), 404, "REVISION_NOT_FOUND");
        code(ED.delete().uri("/api/config/checked/dev/main/draft").exchange(), 404, "DRAFT_NOT_FOUND");
    }

    @Test
    void what_came_in_between_is_not_lost() {
        publish(ANN, "between", Map.of("text", "a=1", "reason", "x"));
        save(ED, "between/dev/main", Map.of("text", "a=2"));
        publish(ANN, "between", Map.of("text", "a=1\nurgent=yes", "reason", "x"));
        code(publication(ANN, "between/dev/main"), 409, "CONCURRENT_CHANGE");
        save(ED, "between/dev/main", Map.of("text", "a=2\nurgent=yes"))
                .expectStatus()
                .isOk();
        code(publication(ANN, "between/dev/main"), 409, "CONCURRENT_CHANGE");
        save(ED, "between/dev/main", Map.of("text", "a=2\nurgent=yes", "base", 2))
                .expectStatus()
                .isOk();
        publication(ANN, "between/dev/main")
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.changedKeys")
                .isEqualTo(List.of("a"));
    }

    @Test
    void two_who_write_at_once_do_not_overwrite_each_other() {
        List<CompletableFuture<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String value = "a=" + i;
            writers.add(CompletableFuture.supplyAsync(() -> ED.put()
                    .uri("/api/config/raced/dev/main/draft")
                    .header("If-Match", "\"0\"")
                    .bodyValue(Map.of("text", value))
                    .exchange()
                    .returnResult(Void.class)
                    .getStatus()
                    .value()));
        }
        assertThat(writers.stream().map(CompletableFuture::join).toList())
                .containsOnlyOnce(200)
                .containsOnly(200, 412);
        code(
                ED.delete()
                        .uri("/api/config/raced/dev/main/draft")
                        .header("If-Match", "\"7\"")
                        .exchange(),
                412,
                "VERSION_MISMATCH");
        ED.delete()
                .uri("/api/config/raced/dev/main/draft")
                .header("If-Match", "\"1\"")
                .exchange()
                .expectStatus()
                .isNoContent();
    }

    @Test
    void nobody_publishes_what_they_wrote_where_two_people_are_needed() {
        code(publish(ANN, "watched/guarded/main", Map.of("text", "a=1", "reason", "x")), 409, "DRAFT_REQUIRED");
        save(ANN, "watched/guarded/main", Map.of("text", "a=1"));
        save(ED, "watched/guarded/main", Map.of("text", "a=2"));
        code(publication(ANN, "watched/guarded/main"), 409, "PUBLISHER_IS_EDITOR");
        publication(client("bob", "config-publisher"), "watched/guarded/main")
                .expectStatus()
                .isCreated();
        save(ANN, "watched/guarded/main", Map.of("text", "a=3"));
        publication(client("bob", "config-publisher"), "watched/guarded/main")
                .expectStatus()
                .isCreated();
        ANN.post()
                .uri("/api/config/watched/guarded/main/rollbacks")
                .bodyValue(Map.of("revision", 1, "reason", "back"))
                .exchange()
                .expectStatus()
                .isCreated();
    }

    @Test
    void compares_clusters_and_searches_what_may_be_seen() {
        publish(
                ANN,
                "across/cluster-a/main",
                Map.of("yaml", "pool: 5\nname: Needle_%\napi-key: hunterkey", "reason", "x"));
        publish(
                ANN,
                "across/cluster-b/main",
                Map.of("yaml", "pool: 9\nname: Needle_%", "files", Map.of("n.conf", "x\na NEEDLE_% y"), "reason", "x"));
        assertThat(text(
                        client("vic", "viewer"),
                        "/api/config-comparison?left=across/cluster-a/main@1&right=across/cluster-b/main"))
                .contains(
                        "\"left\":\"across/cluster-a/main@1\"",
                        "\"right\":\"across/cluster-b/main@1\"",
                        "\"changed\":{\"pool\":{\"from\":5,\"to\":9}}",
                        "\"removed\":{\"api-key\":\"******\"}");
        code(
                ANN.get()
                        .uri("/api/config-comparison?left=across/cluster-a/main&right=none/x/main")
                        .exchange(),
                404,
                "NAMESPACE_NOT_FOUND");
        assertThat(text(ANN, "/api/config-search?text=needle_%25"))
                .contains("across/cluster-a/main", "across/cluster-b/main", "file:n.conf", "a NEEDLE_% y");
        assertThat(text(ANN, "/api/config-search?text=needleX%25")).contains("\"found\":[]");
        assertThat(text(ANN, "/api/config-search?text=hunterkey")).contains("api-key");
        assertThat(text(client("vic", "viewer"), "/api/config-search?text=hunterkey"))
                .contains("\"found\":[]");
        assertThat(text(client("vic", "viewer"), "/api/config-search?text=API-KEY"))
                .contains("\"key\":\"api-key\",\"value\":\"******\"");
    }
}
