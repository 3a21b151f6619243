package io.tricolor.strategy.outgoing;

import io.tricolor.kit.message.CanonicalJson;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What other programs are told or asked: CloudEvents 1.0, structured.
 *
 * @param id the same at every attempt; also the {@code Idempotency-Key}
 * @param subject group that it is about
 * @param time of the event
 */
public record SignedEvent(String id, String type, String subject, Instant time, Object data) {

    /**
     * The request that brings it.
     *
     * @param secret what it is signed with; null: it is not
     * @param now for the signature
     */
    public HttpRequest to(URI url, @Nullable String secret, Instant now) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("specversion", "1.0");
        event.put("id", id);
        event.put("source", "/tricolor/strategy-service");
        event.put("type", type);
        event.put("subject", subject);
        event.put("time", time.toString());
        event.put("datacontenttype", "application/json");
        event.put("data", data);
        String body = CanonicalJson.text(event);
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/cloudevents+json; charset=utf-8")
                .header("Idempotency-Key", id)
                .POST(BodyPublishers.ofString(body));
        if (secret != null) {
            request.header(Signature.HEADER, Signature.of(secret, body, now));
        }
        return request.build();
    }
}
