package io.tricolor.gateway;

import io.tricolor.router.testing.RouterDifferences;
import io.tricolor.router.testing.StartedRouter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

class GatewayDifferencesTest extends RouterDifferences {

    @Override
    protected StartedRouter start() {
        return new GatewayProcess(strategy.url(), consul.url(), directory.resolve("state"));
    }

    @Override
    protected boolean isReady(StartedRouter router) {
        return ((GatewayProcess) router).state().snapshot().tables().containsKey("shop");
    }

    @Override
    protected Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        known.putAll(because(
                "Informational answers are taken out; plain nginx takes one for the answer",
                Stream.of(
                        "answer status 100",
                        "answer status 102",
                        "answer status 103",
                        "POST answer status 100",
                        "POST answer status 103")));
        known.putAll(because(
                "Headers that belong to one connection stay there",
                Stream.of(
                        "answer hop by hop",
                        "answer trailers",
                        "header Connection: X-Gone\\x0d\\x0aX-Gone: 1",
                        "header Connection: close, X-Gone\\x0d\\x0aX-Gone: 1",
                        "header Proxy-Authorization: Basic abc",
                        "header Trailer: X-T",
                        "header X-Application-Context: a")));
        known.putAll(because(
                "An answer that can be read in two ways is none",
                Stream.of(
                        "answer garbage",
                        "answer length and chunks",
                        "answer line feeds",
                        "answer the same length twice",
                        "answer two lengths")));
        known.putAll(because(
                "A request that can be read in two ways is refused",
                Stream.of("HTTP/0.9", "ambiguous header without colon", "bare line feeds")));
        known.putAll(because(
                "A tab before a value is blank, and a folded header is joined by one, as RFC 9112 says",
                Stream.of("ambiguous coding with a tab", "ambiguous folded header", "answer folded")));
        known.putAll(
                because("Bytes that are no UTF-8 arrive escaped", Stream.of("target /\\xe9", "target /a?x=\\xff")));
        known.putAll(because(
                "Plain nginx asks its only instance once more; here it is asked as often as it is safe",
                Stream.of("answer closed at once", "answer cut head", "web socket that breaks")));
        known.putAll(because("A 304 has no length", Stream.of("answer status 304 with length")));
        known.putAll(because(
                "An instance is spoken to in HTTP/1.1, which needs a host: its own address where there is none",
                Stream.of("", "Connection: close", "Connection: keep-alive")
                        .flatMap(connection -> Stream.of("chunks", "length", "status 204", "to the end")
                                .map(answer -> "HTTP/1.0 without host " + connection + " answer " + answer))));
        known.putAll(because(
                "A 204 ends an HTTP/1.0 connection", Stream.of("HTTP/1.0 Connection: keep-alive answer status 204")));
        return known;
    }
}
