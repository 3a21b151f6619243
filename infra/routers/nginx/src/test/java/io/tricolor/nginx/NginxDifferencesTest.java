package io.tricolor.nginx;

import io.tricolor.router.testing.RouterDifferences;
import io.tricolor.router.testing.StartedRouter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;

@Tag("engine")
class NginxDifferencesTest extends RouterDifferences {

    @Override
    protected StartedRouter start() {
        return new TestRouter(strategy.url(), consul.url(), directory);
    }

    @Override
    protected boolean isReady(StartedRouter router) {
        return reports(1);
    }

    @Override
    protected Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        known.putAll(because(
                "Headers that belong to one connection stay there",
                Stream.of(
                        "header Connection: X-Gone\\x0d\\x0aX-Gone: 1",
                        "header Connection: close, X-Gone\\x0d\\x0aX-Gone: 1")));
        known.putAll(because(
                "An instance is spoken to in HTTP/1.1, which needs a host: _ where there is none",
                Stream.concat(
                        Stream.of("HTTP/0.9"),
                        Stream.of("", "Connection: close", "Connection: keep-alive")
                                .flatMap(connection -> Stream.of("chunks", "length", "status 204", "to the end")
                                        .map(answer -> "HTTP/1.0 without host " + connection + " answer " + answer)))));
        known.putAll(because(
                "An answer of the router's own to a request with a body ends the connection",
                Stream.of("POST answer closed at once", "POST answer cut head")));
        return known;
    }
}
