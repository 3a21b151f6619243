package io.tricolor.config.kv;

import static io.tricolor.config.RunningService.client;
import static io.tricolor.config.RunningService.code;
import static io.tricolor.config.RunningService.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.config.RunningService;
import io.tricolor.kit.eventstore.Rebuilds;
import io.tricolor.kit.testing.TestTokens;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.consul.ConsulAutoConfiguration;
import org.springframework.cloud.consul.ConsulClient;
import org.springframework.cloud.consul.model.http.kv.GetValue;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseEntity;
import org.springframework.test.web.reactive.server.WebTestClient;

@ExtendWith(RunningService.class)
class ConsulKvIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final WebTestClient ANN = client("ann", "config-publisher");
    private static final String TOKEN = RunningService.TOKENS.token("svc", "config-client");

    private static CompletableFuture<HttpResponse<String>> ask(String path, String token) {
        return HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create(RunningService.url() + "/v1/kv/" + path))
                        .header("X-Consul-Token", token)
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return ask(path, TOKEN).get(30, TimeUnit.SECONDS);
    }

    private static String index(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Consul-Index").orElseThrow();
    }

    private static double waiting() {
        return CollectorRegistry.defaultRegistry.getSampleValue("tricolor_config_watchers");
    }

    private static void publishText(String namespace, String text) {
        publish(ANN, namespace, Map.of("text", text, "reason", "x"))
                .expectStatus()
                .isCreated();
    }

    @Test
    void answers_as_consul_does() throws Exception {
        publishText("kv/default/main", "a=1\nb/c=2\nb/d=");
        publishText("kv/prod/main", "a=é");
        publishText("kv/prod/other", "a=hidden");
        HttpResponse<String> tree = get("config/kv,prod/?recurse");
        assertThat(tree.statusCode()).isEqualTo(200);
        assertThat(tree.body())
                .matches("\\[\\{\"LockIndex\":0,\"Key\":\"config/kv,prod/a\",\"Flags\":0,\"Value\":\"w6k=\","
                        + "\"CreateIndex\":[0-9]+,\"ModifyIndex\":" + index(tree) + "}]");
        assertThat(tree.headers().firstValue("X-Consul-Knownleader")).contains("true");
        assertThat(get("config/kv/a?raw").body()).isEqualTo("1");
        assertThat(get("config/kv/a").body()).startsWith("[{\"LockIndex\":0,\"Key\":\"config/kv/a\"");
        assertThat(get("config/kv/?keys").body()).isEqualTo("[\"config/kv/a\",\"config/kv/b/c\",\"config/kv/b/d\"]");
        assertThat(get("config/kv/?keys&separator=/").body()).isEqualTo("[\"config/kv/a\",\"config/kv/b/\"]");
        assertThat(get("config/kv?keys&separator=/").body()).isEqualTo("[\"config/kv,prod/\",\"config/kv/\"]");
        HttpResponse<String> none = get("config/kv/none?recurse");
        assertThat(none.statusCode()).isEqualTo(404);
        assertThat(none.body()).isEmpty();
        assertThat(index(none)).isEqualTo("1");
        assertThat(get("config/kv/a?index=x").body()).contains("INVALID_ARGUMENT");
        assertThat(get("config/kv/a?wait=x").body()).contains("INVALID_ARGUMENT");
        assertThat(get("?raw").body()).contains("INVALID_ARGUMENT");
        code(client("svc", "config-client").put().uri("/v1/kv/config/kv/a").exchange(), 403, "FORBIDDEN");
        code(client("vic", "viewer").get().uri("/v1/kv/config/kv/a").exchange(), 403, "FORBIDDEN");
    }

    @Test
    void a_token_that_names_applications_does_not_see_others() throws Exception {
        publishText("seen/default/main", "a=1");
        publishText("unseen/default/main", "a=1");
        String token = RunningService.TOKENS.sign(TestTokens.claims("app", "config-client")
                .claim("applications", List.of("seen"))
                .build());
        assertThat(ask("config/seen/?recurse", token).get().statusCode()).isEqualTo(200);
        assertThat(ask("config/unseen/?recurse", token).get().statusCode()).isEqualTo(404);
        assertThat(ask("config/?keys", token).get().body())
                .contains("config/seen/a")
                .doesNotContain("unseen");
    }

    @Test
    void the_index_of_a_prefix_changes_with_its_keys_alone_and_deletions_count() throws Exception {
        publishText("index/default/main", "a=1\nb=1");
        String tree = index(get("config/index/?recurse"));
        String a = index(get("config/index/a"));
        publishText("index/default/main", "a=1\nb=2");
        publishText("elsewhere/default/main", "a=1");
        assertThat(index(get("config/index/a"))).isEqualTo(a);
        String later = index(get("config/index/?recurse"));
        assertThat(Long.parseLong(later)).isGreaterThan(Long.parseLong(tree));
        publishText("index/default/main", "a=1");
        assertThat(Long.parseLong(index(get("config/index/?recurse")))).isGreaterThan(Long.parseLong(later));
        HttpResponse<String> gone = get("config/index/b");
        assertThat(gone.statusCode()).isEqualTo(404);
        String tombstone = index(gone);
        assertThat(Long.parseLong(tombstone)).isGreaterThan(Long.parseLong(later));

        RunningService.bean(Rebuilds.class).start("config-revisions");
        assertThat(index(get("config/index/b"))).isEqualTo(tombstone);
    }

    @Test
    void wakes_who_waits_for_what_has_changed_and_nobody_else() throws Exception {
        publishText("woken/default/main", "a=1\nb=1");
        String index = index(get("config/woken/?recurse"));
        String ofB = index(get("config/woken/b"));
        List<CompletableFuture<HttpResponse<String>>> many = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            many.add(ask("config/woken/?recurse&wait=60s&index=" + index, TOKEN));
        }
        CompletableFuture<HttpResponse<String>> other = ask("config/woken/b?wait=60s&index=" + ofB, TOKEN);
        CompletableFuture<HttpResponse<String>> absent = ask("config/woken,new/?recurse&wait=60s&index=1", TOKEN);
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> waiting() >= 202);
        long began = System.nanoTime();
        publishText("woken/default/main", "a=2\nb=1");
        CompletableFuture.allOf(many.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
        System.out.println("ConsulKvIT: 200 watchers were told after "
                + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms, with the publication");
        for (CompletableFuture<HttpResponse<String>> one : many) {
            assertThat(one.get().body()).contains("\"Value\":\"Mg==\"");
            assertThat(Long.parseLong(index(one.get()))).isGreaterThan(Long.parseLong(index));
        }
        assertThat(other).isNotDone();
        assertThat(absent).isNotDone();
        publishText("woken/new/main", "c=3");
        assertThat(absent.get(20, TimeUnit.SECONDS).body()).contains("config/woken,new/c");
        publishText("woken/default/main", "a=2");
        assertThat(other.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
    }

    @Test
    void answers_without_a_change_when_the_time_is_up_and_at_once_with_another_index() throws Exception {
        publishText("patient/default/main", "a=1");
        String index = index(get("config/patient/?recurse"));
        HttpResponse<String> late = get("config/patient/?recurse&wait=50ms&index=" + index);
        assertThat(index(late)).isEqualTo(index);
        assertThat(late.statusCode()).isEqualTo(200);
        for (String other : List.of("1", "0", "-1", "999999999")) {
            assertThat(index(get("config/patient/?recurse&wait=60s&index=" + other)))
                    .isEqualTo(index);
        }
    }

    @Test
    void no_change_is_lost_between_two_questions() throws Exception {
        publishText("steady/default/main", "n=0");
        CompletableFuture<List<String>> seen = CompletableFuture.supplyAsync(() -> {
            List<String> values = new ArrayList<>();
            String index = "0";
            while (values.isEmpty() || !values.getLast().equals("15")) {
                HttpResponse<String> answer = ask("config/steady/n?raw&wait=60s&index=" + index, TOKEN)
                        .join();
                assertThat(Long.parseLong(index(answer))).isGreaterThanOrEqualTo(Long.parseLong(index));
                index = index(answer);
                values.add(answer.body());
            }
            return values;
        });
        for (int n = 1; n <= 15; n++) {
            publishText("steady/default/main", "n=" + n);
        }
        assertThat(seen.get(30, TimeUnit.SECONDS))
                .extracting(Integer::valueOf)
                .isSorted()
                .endsWith(15);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConsulAutoConfiguration.class)
    static class Client {}

    /** The client that Spring Cloud Consul's configuration uses. */
    @Test
    void the_client_of_spring_cloud_consul_reads_and_waits() throws Exception {
        publishText("real/default/main", "a=1");
        URI url = URI.create(RunningService.url());
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Client.class)
                .run(
                        "--spring.main.web-application-type=none",
                        "--spring.config.name=none",
                        "--spring.cloud.config.enabled=false",
                        "--spring.cloud.consul.host=" + url.getHost(),
                        "--spring.cloud.consul.port=" + url.getPort())) {
            ConsulClient consul = application.getBean(ConsulClient.class);
            ResponseEntity<List<GetValue>> first = consul.getKVValues("config/real/", TOKEN);
            assertThat(first.getBody()).singleElement().satisfies(one -> {
                assertThat(one.getKey()).isEqualTo("config/real/a");
                assertThat(one.getDecodedValue()).isEqualTo("1");
            });
            long index = Long.parseLong(String.valueOf(first.getHeaders().getFirst("X-Consul-Index")));
            CompletableFuture<ResponseEntity<List<GetValue>>> next =
                    CompletableFuture.supplyAsync(() -> consul.getKVValues("config/real/", TOKEN, 20L, index));
            publishText("real/default/main", "a=2");
            assertThat(next.get(30, TimeUnit.SECONDS).getBody())
                    .extracting(GetValue::getDecodedValue)
                    .isEqualTo(Arrays.asList("2"));
        }
    }
}
