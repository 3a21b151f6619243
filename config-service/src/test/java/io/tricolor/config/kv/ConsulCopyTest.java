package io.tricolor.config.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.consul.LocalConsul;
import io.tricolor.consul.Settings;
import io.tricolor.kit.registry.ConsulProperties;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsulCopyTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private LocalConsul consul;
    private ConsulCopy copy;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        consul = LocalConsul.start(Settings.of(0, directory));
        copy = new ConsulCopy(new ConsulProperties(consul.uri(), Duration.ofSeconds(10), null, null, null, null));
    }

    @AfterEach
    void stop() throws IOException {
        copy.close();
        consul.close();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(consul.uri() + "/v1/kv/" + path))
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private String value(String key) throws Exception {
        HttpResponse<String> answer = send("GET", key + "?raw", "");
        return answer.statusCode() == 404 ? "none" : answer.body();
    }

    @Test
    void writes_what_is_missing_once() throws Exception {
        Map<String, String> desired = Map.of("config/shop,prod/a b[0]", "é", "config/shop/empty", "");
        assertThat(copy.repair(desired)).isEqualTo(2);
        assertThat(value("config/shop,prod/a%20b%5B0%5D")).isEqualTo("é");
        assertThat(value("config/shop/empty")).isEmpty();
        assertThat(copy.repair(desired)).isZero();
    }

    @Test
    void repairs_what_others_have_changed_and_removed() throws Exception {
        Map<String, String> desired = Map.of("config/shop/a", "1", "config/shop/b", "2", "config/shop/c", "3");
        copy.repair(desired);
        send("PUT", "config/shop/a", "changed");
        send("DELETE", "config/shop/b", "");
        assertThat(copy.repair(desired)).isEqualTo(2);
        assertThat(value("config/shop/a")).isEqualTo("1");
        assertThat(value("config/shop/b")).isEqualTo("2");
    }

    @Test
    void removes_only_what_it_has_written() throws Exception {
        send("PUT", "config/other/mine", "x");
        copy.repair(Map.of("config/shop/a", "1", "config/shop/b", "2"));
        assertThat(copy.repair(Map.of("config/shop/a", "1"))).isEqualTo(1);
        assertThat(value("config/shop/b")).isEqualTo("none");
        assertThat(value("config/other/mine")).isEqualTo("x");
    }

    @Test
    void concludes_nothing_from_emptiness() throws Exception {
        copy.repair(Map.of("config/shop/a", "1"));
        assertThat(copy.repair(Map.of())).isZero();
        assertThat(value("config/shop/a")).isEqualTo("1");
    }
}
