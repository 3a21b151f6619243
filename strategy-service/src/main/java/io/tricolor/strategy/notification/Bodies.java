package io.tricolor.strategy.notification;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.strategy.notification.NotificationProperties.Target;
import io.tricolor.strategy.outgoing.Signature;
import io.tricolor.strategy.outgoing.SignedEvent;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The request by which a target is told, in its own form. */
final class Bodies {

    private Bodies() {}

    /**
     * A request that may be sent as it is.
     *
     * @param secret what it is signed with, null: it is not
     * @param now for signatures that go by time
     */
    static HttpRequest of(Target target, News news, @Nullable String secret, Instant now) {
        return switch (target.kind()) {
            case WEBHOOK ->
                new SignedEvent(
                                news.id(),
                                "io.tricolor.notification." + kebab(news.what()) + ".v1",
                                news.groupId(),
                                news.at(),
                                news)
                        .to(target.url(), secret, now);
            case SLACK -> post(target.url(), "application/json", Map.of("text", escaped(news)), news);
            case DINGTALK -> dingTalk(target.url(), news, secret, now);
            case FEISHU -> feishu(target.url(), news, secret, now);
        };
    }

    /** The signature is Base64 of HMAC-SHA256 by the secret over {@code <milliseconds>\n<secret>}, in the query. */
    private static HttpRequest dingTalk(URI url, News news, @Nullable String secret, Instant now) {
        URI signed = url;
        if (secret != null) {
            long time = now.toEpochMilli();
            String sign = Base64.getEncoder().encodeToString(Signature.hmac(secret, time + "\n" + secret));
            signed = URI.create(url + (url.getRawQuery() == null ? "?" : "&") + "timestamp=" + time + "&sign="
                    + URLEncoder.encode(sign, UTF_8));
        }
        return post(
                signed, "application/json", Map.of("msgtype", "text", "text", Map.of("content", plain(news))), news);
    }

    /** The signature is Base64 of HMAC-SHA256 over nothing, by {@code <seconds>\n<secret>}, in the body. */
    private static HttpRequest feishu(URI url, News news, @Nullable String secret, Instant now) {
        Map<String, Object> body = new TreeMap<>();
        body.put("msg_type", "text");
        body.put("content", Map.of("text", plain(news)));
        if (secret != null) {
            String time = Long.toString(now.getEpochSecond());
            body.put("timestamp", time);
            body.put("sign", Base64.getEncoder().encodeToString(Signature.hmac(time + "\n" + secret, "")));
        }
        return post(url, "application/json", body, news);
    }

    private static HttpRequest post(URI url, String type, Map<String, ?> body, News news) {
        return request(url, type, CanonicalJson.text(body), news).build();
    }

    private static HttpRequest.Builder request(URI url, String type, String body, News news) {
        return HttpRequest.newBuilder(url)
                .header("Content-Type", type)
                .header("Idempotency-Key", news.id())
                .POST(BodyPublishers.ofString(body));
    }

    private static String plain(News news) {
        return news.text()
                + (news.reason() == null ? "" : " (" + news.reason() + ")")
                + (news.link() == null ? "" : "\n" + news.link())
                + (news.approve() == null ? "" : "\nApprove: " + news.approve());
    }

    /** Slack reads these three characters as its own. */
    private static String escaped(News news) {
        return plain(news).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String kebab(News.What what) {
        return what.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
