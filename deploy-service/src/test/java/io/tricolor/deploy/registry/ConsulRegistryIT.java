package io.tricolor.deploy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.deploy.TestConsul;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter and local-consul together. */
class ConsulRegistryIT extends InstanceRegistryContract {

    @TempDir
    private static Path dir;

    private static TestConsul consul;

    private final ConsulRegistry registry =
            new ConsulRegistry(new ConsulProperties(consul.url(), Duration.ofSeconds(5)));

    @BeforeAll
    static void start() {
        consul = TestConsul.start(dir);
    }

    @AfterAll
    static void stop() {
        consul.close();
    }

    @Override
    InstanceRegistry registry() {
        return registry;
    }

    @Test
    void does_not_list_what_others_registered() throws Exception {
        HttpRequest foreign = HttpRequest.newBuilder(URI.create(consul.url() + "/v1/agent/service/register"))
                .PUT(BodyPublishers.ofString("{\"ID\":\"foreign\",\"Name\":\"shop-web\",\"Port\":1}"))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            assertThat(http.send(foreign, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        }
        assertThat(registry.registered()).doesNotContainKey("foreign");
    }
}
