package io.tricolor.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Requests that are like good ones, and are not. A service answers each, and never with a defect of its own. */
public final class StrangeRequests {

    private static final Set<Integer> DEFECTS = Set.of(500, 501, 502, 504);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final List<String> PARTS = List.of(
            "%00",
            "%FF",
            "%ED%A0%80",
            "%F0%9F%98%80",
            "%2F",
            "%25",
            "%0D%0A",
            "%20",
            "",
            "a",
            "-1",
            "0",
            "1.5",
            "null",
            "99999999999999999999",
            "9223372036854775807",
            "[]",
            "'",
            "x".repeat(1_500));

    private static final List<String> PIECES = List.of(
            "\\u0000",
            "\\ud800",
            "\\ude00\\ud83d",
            "[",
            "]",
            "{",
            "}",
            "null",
            "true",
            "-1",
            "1.5",
            "1e999999999",
            "99999999999999999999",
            "\"",
            ",",
            ":",
            "\0",
            "\"x\"",
            "[null]",
            "{\"a\":null}",
            "\uFEFF",
            "&a ",
            "*a",
            "- ",
            "\n");

    private final URI base;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Random random;

    /** One that is good: {@code body} null for none. */
    public record Good(String method, String path, String token, String contentType, String body) {}

    public StrangeRequests(URI base, long seed) {
        System.out.println("StrangeRequests seed " + seed);
        this.base = base;
        this.random = new Random(seed);
    }

    /** With the seed of the system property {@code seed}, by which one goes hunting; without it the same each time. */
    public StrangeRequests(URI base) {
        this(base, Long.getLong("seed", 20_261_129));
    }

    /** Sends {@code count} requests, each like one of {@code good}. */
    public void send(List<Good> good, int count) throws InterruptedException {
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Good like = good.get(random.nextInt(good.size()));
            String path = strangePath(like.path());
            String body = like.body() == null ? null : strangeBody(like.body());
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                    .timeout(PATIENCE)
                    .header("Authorization", like.token())
                    .method(like.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
            if (like.contentType() != null) {
                request.header("Content-Type", like.contentType());
            }
            String what = like.method() + " " + path + " " + body;
            try {
                HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
                if (DEFECTS.contains(answer.statusCode())) {
                    failures.add(what + ": " + answer.body());
                }
            } catch (IOException e) {
                failures.add(what + ": no answer, " + e);
            }
        }
        assertThat(failures).isEmpty();
    }

    private String strangePath(String path) {
        if (random.nextInt(3) == 0) {
            return path;
        }
        String part = PARTS.get(random.nextInt(PARTS.size()));
        String encoded =
                part.startsWith("%") || part.isEmpty() ? part : URLEncoder.encode(part, StandardCharsets.UTF_8);
        int query = path.indexOf('?');
        if (query >= 0 && random.nextInt(4) > 0) {
            String[] parameters = path.substring(query + 1).split("&", -1);
            int at = random.nextInt(parameters.length);
            String name = parameters[at].split("=", -1)[0];
            parameters[at] = random.nextInt(6) == 0 ? encoded + "=1" : name + "=" + encoded;
            return path.substring(0, query + 1) + String.join("&", parameters);
        }
        String plain = query < 0 ? path : path.substring(0, query);
        if (random.nextBoolean()) {
            return plain + "?" + encoded + "=" + encoded;
        }
        int last = plain.lastIndexOf('/');
        return plain.substring(0, last + 1) + encoded + (query < 0 ? "" : path.substring(query));
    }

    private String strangeBody(String body) {
        StringBuilder text = new StringBuilder(body);
        for (int change = random.nextInt(3); change >= 0; change--) {
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            int at = random.nextInt(text.length() + 1);
            switch (random.nextInt(5)) {
                case 0 -> text.insert(at, piece.repeat(1 + random.nextInt(2_000)));
                case 1 -> text.insert(at, piece);
                case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(4)));
                default -> {
                    int value = text.indexOf(":", at);
                    int end = value < 0 ? -1 : text.indexOf(",", value);
                    if (end > 0) {
                        text.replace(value + 1, end, piece);
                    }
                }
            }
        }
        return text.toString();
    }
}
