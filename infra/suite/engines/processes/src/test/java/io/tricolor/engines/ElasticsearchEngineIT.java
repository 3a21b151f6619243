package io.tricolor.engines;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElasticsearchEngineIT {

    @TempDir
    Path dir;

    @Test
    void keeps_documents_through_a_kill_and_a_restart() throws Exception {
        try (var elasticsearch = ElasticsearchEngine.start(dir)) {
            HttpResponse<String> stored =
                    send(HttpRequest.newBuilder(URI.create(elasticsearch.url() + "/notes/_doc/1?refresh=true"))
                            .header("content-type", "application/json")
                            .PUT(HttpRequest.BodyPublishers.ofString("{\"text\":\"kept\"}")));
            assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);

            elasticsearch.kill();
            elasticsearch.restart();

            HttpResponse<String> health = send(HttpRequest.newBuilder(
                    URI.create(elasticsearch.url() + "/_cluster/health/notes?wait_for_status=yellow&timeout=30s")));
            assertThat(health.body()).contains("\"timed_out\":false");
            HttpResponse<String> found =
                    send(HttpRequest.newBuilder(URI.create(elasticsearch.url() + "/notes/_search?q=text:kept")));
            assertThat(found.body()).contains("\"value\":1").contains("kept");
        }
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
