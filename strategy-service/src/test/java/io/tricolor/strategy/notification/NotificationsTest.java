package io.tricolor.strategy.notification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.notification.NotificationProperties.Kind;
import io.tricolor.strategy.notification.NotificationProperties.Target;
import io.tricolor.strategy.outgoing.Networks;
import io.tricolor.strategy.outgoing.Signature;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class NotificationsTest {

    private static final Instant NOW = Instant.parse("2026-01-15T14:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "cluster-group.upgrade-started.v2, UPGRADE_STARTED",
        "cluster-group.upgrade-aborting.v2, UPGRADE_TURNED_BACK",
        "cluster-group.upgrade-completed.v1, UPGRADE_COMPLETED",
        "cluster-group.upgrade-aborted.v1, UPGRADE_ABORTED",
    })
    void are_made_of_events(String sample, News.What what) {
        News news = in(sample, "\"\"", "\"\"").orElseThrow();
        assertThat(news.what()).isEqualTo(what);
        assertThat(news.text()).startsWith("shop: ");
        assertThat(news.link()).startsWith("https://console.example/groups/shop/upgrades/");
    }

    @Test
    void tell_a_rollback_and_verdicts_that_are_no_pass() {
        assertThat(in("cluster-group.upgrade-started.v2", "\"GRAYSCALE\"", "\"ROLLBACK\"")
                        .orElseThrow()
                        .what())
                .isEqualTo(News.What.ROLLBACK_STARTED);
        assertThat(in("cluster-group.gate-judged.v1", "\"PASS\"", "\"FAIL\"")
                        .orElseThrow()
                        .what())
                .isEqualTo(News.What.GATE_FAILED);
        assertThat(in("cluster-group.gate-judged.v1", "\"PASS\"", "\"INCONCLUSIVE\"")
                        .orElseThrow()
                        .what())
                .isEqualTo(News.What.GATE_INCONCLUSIVE);
        assertThat(in("cluster-group.gate-judged.v1", "\"PASS\"", "\"PASS\"")).isEmpty();
        assertThat(in("cluster-group.router-evicted.v1", "\"\"", "\"\"")).isEmpty();
    }

    @Test
    void reach_a_webhook_as_a_signed_cloud_event() {
        HttpRequest request = request(Kind.WEBHOOK, "s3cret");
        String body = bodyOf(request);
        JsonNode event = ContractsJson.mapper().readTree(body);
        assertThat(event.get("specversion").asString()).isEqualTo("1.0");
        assertThat(event.get("id").asString()).isEqualTo("e-1");
        assertThat(event.get("type").asString()).isEqualTo("io.tricolor.notification.upgrade-completed.v1");
        assertThat(event.at("/data/upgradeId").asString()).isNotEmpty();
        assertThat(request.headers().firstValue("Idempotency-Key")).contains("e-1");
        assertThat(request.headers().firstValue("Content-Type").orElse("")).startsWith("application/cloudevents+json");
        long time = NOW.getEpochSecond();
        assertThat(request.headers().firstValue("Tricolor-Signature"))
                .contains("t=" + time + ",v1=" + HexFormat.of().formatHex(Signature.hmac("s3cret", time + "." + body)));
        assertThat(request(Kind.WEBHOOK, null).headers().firstValue("Tricolor-Signature"))
                .isEmpty();
    }

    /** RFC 4231, test case 2. */
    @Test
    void are_signed_by_hmac_sha256() {
        assertThat(HexFormat.of().formatHex(Signature.hmac("Jefe", "what do ya want for nothing?")))
                .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void reach_chats_in_their_own_forms() {
        assertThat(ContractsJson.mapper()
                        .readTree(bodyOf(request(Kind.SLACK, null)))
                        .get("text")
                        .asString())
                .contains("&lt;b&gt; &amp; c", "https://console.example");
        HttpRequest dingTalk = request(Kind.DINGTALK, "s");
        long millis = NOW.toEpochMilli();
        assertThat(dingTalk.uri().getQuery())
                .isEqualTo("access_token=hush&timestamp=" + millis + "&sign="
                        + Base64.getEncoder().encodeToString(Signature.hmac("s", millis + "\ns")));
        JsonNode said = ContractsJson.mapper().readTree(bodyOf(dingTalk));
        assertThat(said.get("msgtype").asString()).isEqualTo("text");
        assertThat(said.at("/text/content").asString()).contains("<b> & c");
        JsonNode feishu = ContractsJson.mapper().readTree(bodyOf(request(Kind.FEISHU, "s")));
        assertThat(feishu.get("msg_type").asString()).isEqualTo("text");
        assertThat(feishu.at("/content/text").asString()).contains("<b> & c");
        assertThat(feishu.get("sign").asString())
                .isEqualTo(Base64.getEncoder().encodeToString(Signature.hmac(NOW.getEpochSecond() + "\ns", "")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "255.255.255.255",
                "224.0.0.1",
                "::1",
                "fe80::1",
                "fd00::1",
                "::ffff:10.0.0.1"
            })
    void go_to_no_address_within(String address) {
        assertThat(Networks.isPublic(InetAddress.ofLiteral(address))).isFalse();
        assertThatThrownBy(() -> new Networks(List.of()).check(address))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not allow");
    }

    @Test
    void go_where_a_block_allows_it() {
        Networks networks = new Networks(List.of("10.1.0.0/16", "fd00::/8", "127.0.0.1"));
        for (String address : List.of("10.1.255.3", "fd12::1", "127.0.0.1", "8.8.8.8", "2001:4860:4860::8888")) {
            assertThatCode(() -> networks.check(address)).as(address).doesNotThrowAnyException();
        }
        for (String address : List.of("10.2.0.1", "127.0.0.2", "::1")) {
            assertThatThrownBy(() -> networks.check(address)).as(address).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> new Networks(List.of("10.0.0.0/33"))).hasMessageContaining("too many bits");
        assertThatThrownBy(() -> new Networks(List.of("intranet"))).hasMessageContaining("no block");
    }

    @Test
    void are_tried_again_after_pauses_that_grow() {
        assertThat(NotificationDelivery.pauseAfter(0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(NotificationDelivery.pauseAfter(3)).isEqualTo(Duration.ofSeconds(8));
        assertThat(NotificationDelivery.pauseAfter(50)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void never_show_the_address_of_a_target() {
        assertThat(target(Kind.SLACK).toString()).doesNotContain("hush");
    }

    private static Target target(Kind kind) {
        return new Target("t", kind, URI.create("https://hooks.example/send?access_token=hush"), null, null);
    }

    private static HttpRequest request(Kind kind, @Nullable String secret) {
        News news = in("cluster-group.upgrade-completed.v1", "\"\"", "\"\"").orElseThrow();
        News strange = new News(
                news.id(),
                news.what(),
                news.groupId(),
                news.upgradeId(),
                "a <b> & c",
                null,
                "why",
                news.link(),
                null,
                news.at());
        return Bodies.of(target(kind), strange, secret, NOW);
    }

    private static Optional<News> in(String sample, String from, String to) {
        String file = "/io/tricolor/contracts/samples/" + sample + ".json";
        try (InputStream in = NotificationsTest.class.getResourceAsStream(file)) {
            String json = new String(Objects.requireNonNull(in, file).readAllBytes(), UTF_8).replace(from, to);
            Class<?> type =
                    EventTypes.byName(sample.replaceFirst("\\.v[0-9]+$", "")).orElseThrow();
            return News.in(
                    (ClusterGroupEvent) ContractsJson.mapper().readValue(json, type),
                    () -> {
                        throw new AssertionError("not asked for");
                    },
                    "e-1",
                    NOW,
                    "olga",
                    "https://console.example");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String bodyOf(HttpRequest request) {
        var text = BodySubscribers.ofString(UTF_8);
        request.bodyPublisher().orElseThrow().subscribe(new Flow.Subscriber<ByteBuffer>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                text.onSubscribe(subscription);
            }

            @Override
            public void onNext(ByteBuffer item) {
                text.onNext(List.of(item));
            }

            @Override
            public void onError(Throwable failure) {
                text.onError(failure);
            }

            @Override
            public void onComplete() {
                text.onComplete();
            }
        });
        return text.getBody().toCompletableFuture().join();
    }
}
