package io.tricolor.monitor.drain.watch;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.security.ServiceTokens;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Asks strategy-service, each of its addresses in turn until one answers. Blocking. */
@Component
class Strategy {

    private static final int NOT_FOUND = 404;

    private final StrategyProperties properties;
    private final Outgoing outgoing;
    private final ServiceTokens tokens;

    /** The address that answered last. */
    private volatile int preferred;

    Strategy(StrategyProperties properties, Outgoing outgoing, ServiceTokens tokens) {
        this.properties = properties;
        this.outgoing = outgoing;
        this.tokens = tokens;
    }

    /** Every known router with its newest report, put together from pages. */
    List<KnownRouter> routers() throws IOException, InterruptedException {
        SequencedMap<String, KnownRouter> routers = new LinkedHashMap<>();
        String next = "";
        do {
            HttpAnswer answer = get("/api/routers" + (next.isEmpty() ? "" : "?after=" + encoded(next)));
            if (!answer.isOk()) {
                throw new IOException("strategy-service answered " + answer.status());
            }
            try {
                JsonNode page = ContractsJson.mapper().readTree(answer.text());
                for (JsonNode router : page.required("routers").values()) {
                    KnownRouter known = new KnownRouter(
                            ContractsJson.mapper().treeToValue(router.required("report"), RouterReport.class),
                            Instant.parse(router.required("reportedAt").asString()),
                            router.required("silent").asBoolean());
                    routers.merge(known.report().routerId(), known, Strategy::together);
                }
                next = page.path("next").asString("");
            } catch (JacksonException | DateTimeException e) {
                throw new IOException("strategy-service's routers cannot be read: " + e.getMessage(), e);
            }
        } while (!next.isEmpty());
        return List.copyOf(routers.values());
    }

    /** The groups of a router may go on on the next page; one that has started anew in between has begun anew. */
    private static KnownRouter together(KnownRouter before, KnownRouter more) {
        if (before.report().bootId().equals(more.report().bootId())) {
            SortedMap<String, GroupReport> groups =
                    new TreeMap<>(before.report().groups());
            groups.putAll(more.report().groups());
            RouterReport last = more.report();
            return new KnownRouter(
                    new RouterReport(
                            last.routerId(),
                            last.bootId(),
                            last.kind(),
                            last.address(),
                            last.sequence(),
                            last.round(),
                            last.last(),
                            groups),
                    more.reportedAt(),
                    more.silent());
        }
        return more;
    }

    /** The newest table of a group, empty when there is none. */
    Optional<RouteTable> table(String group) throws IOException, InterruptedException {
        HttpAnswer answer = get("/api/route-tables/" + encoded(group));
        if (answer.status() == NOT_FOUND) {
            return Optional.empty();
        }
        if (!answer.isOk()) {
            throw new IOException("strategy-service answered " + answer.status());
        }
        try {
            return Optional.of(ContractsJson.mapper().readValue(answer.text(), RouteTable.class));
        } catch (JacksonException | Rejected e) {
            throw new IOException("the route table cannot be read: " + e.getMessage(), e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpAnswer get(String path) throws IOException, InterruptedException {
        String authorization;
        try {
            authorization = tokens.authorization();
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        Map<String, String> headers = Map.of("Authorization", authorization);
        List<URI> addresses = properties.url();
        int first = preferred;
        for (int i = 0; ; i++) {
            int at = (first + i) % addresses.size();
            boolean last = i == addresses.size() - 1;
            try {
                HttpAnswer answer = outgoing.get(URI.create(addresses.get(at) + path), headers);
                if (last || answer.status() / 100 != 5) {
                    preferred = at;
                    return answer;
                }
            } catch (IOException e) {
                if (last) {
                    preferred = (at + 1) % addresses.size();
                    throw e;
                }
            }
        }
    }
}
