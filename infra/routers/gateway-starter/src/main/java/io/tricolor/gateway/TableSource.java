package io.tricolor.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Brings tables: a long poll per group and a list of all groups from strategy-service, which answers with what this router is to run; while that does not answer, the copies in
 * Consul KV. A failure never takes a table away. A group's table goes only when a healthy strategy-service says twice that there is none
 * and does not list the group either.
 */
final class TableSource extends Source<String> {

    private static final Logger log = LoggerFactory.getLogger(TableSource.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final String KV_PREFIX = "tricolor/route-tables/";
    private static final String LISTER = "";
    private static final Set<String> GONE = Set.of("GROUP_NOT_FOUND", "ROUTE_TABLE_NOT_FOUND");

    private final TableStore store;
    private final RoutingState state;
    private final Peer strategy;
    private final Peer consul;
    private final GatewaySettings settings;
    private final String router;
    private final GatewayMetrics metrics;
    private final Consumer<RouteTable> beforeApply;

    private volatile boolean strategyAnswers = true;
    private volatile Set<String> listed = Set.of();

    TableSource(
            TableStore store,
            RoutingState state,
            Peer strategy,
            Peer consul,
            GatewaySettings settings,
            String routerId,
            GatewayMetrics metrics,
            Consumer<RouteTable> beforeApply) {
        super("table");
        this.store = store;
        this.state = state;
        this.strategy = strategy;
        this.consul = consul;
        this.settings = settings;
        this.router = "router=" + URLEncoder.encode(routerId, StandardCharsets.UTF_8);
        this.metrics = metrics;
        this.beforeApply = beforeApply;
    }

    record Listing(List<Position> tables) {}

    record Position(String group, long epoch, long version) {}

    record KvEntry(
            @JsonProperty("Key") String key,
            @JsonProperty("Value") @Nullable String value) {}

    @Override
    void begin() {
        state.snapshot().tables().keySet().forEach(this::follow);
        followers.start(LISTER, this::list);
    }

    private void follow(String group) {
        followers.start(group, () -> followGroup(group));
    }

    private void list() throws InterruptedException {
        while (isRunning()) {
            if (!listStrategy()) {
                listConsul();
            }
            Thread.sleep(settings.listInterval());
        }
    }

    private boolean listStrategy() throws InterruptedException {
        try {
            HttpResponse<String> answer = strategy.get("/api/route-tables?" + router, PATIENCE);
            if (answer.statusCode() != 200) {
                return strategyFailed("answered " + answer.statusCode());
            }
            Listing listing = Json.LENIENT.readValue(answer.body(), Listing.class);
            Set<String> groups = new HashSet<>();
            for (Position position : listing.tables()) {
                groups.add(position.group());
                if (store.wants(position.group(), position.epoch(), position.version())) {
                    fetch(position.group());
                }
                follow(position.group());
            }
            listed = Set.copyOf(groups);
            if (!strategyAnswers) {
                strategyAnswers = true;
                log.info("strategy-service answers again");
            }
            return true;
        } catch (IOException | JacksonException e) {
            return strategyFailed(e.toString());
        }
    }

    private boolean strategyFailed(String reason) {
        metrics.sourceFailed("strategy");
        if (strategyAnswers) {
            strategyAnswers = false;
            log.warn("strategy-service does not list route tables, the copies in Consul are read: {}", reason);
        }
        return false;
    }

    /** A new epoch begins with low versions, so a long poll from a high one would wait; the list tells. */
    private void fetch(String group) throws InterruptedException, IOException {
        HttpResponse<String> answer = strategy.get("/api/route-tables/" + group + "?" + router, PATIENCE);
        if (answer.statusCode() == 200) {
            store.offer(group, answer.body(), beforeApply);
        }
    }

    private void listConsul() throws InterruptedException {
        try {
            HttpResponse<String> answer = consul.get("/v1/kv/" + KV_PREFIX + "?recurse", PATIENCE);
            if (answer.statusCode() == 200) {
                for (KvEntry entry : Json.LENIENT.readValue(answer.body(), KvEntry[].class)) {
                    String value = entry.value();
                    if (value != null && entry.key().startsWith(KV_PREFIX)) {
                        String group = entry.key().substring(KV_PREFIX.length());
                        String json = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
                        if (store.offer(group, json, beforeApply) == TableStore.Outcome.APPLIED) {
                            follow(group);
                        }
                    }
                }
            }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            metrics.sourceFailed("consul");
            log.debug("Consul does not answer either: {}", e.toString());
        }
    }

    private void followGroup(String group) throws InterruptedException {
        int missing = 0;
        String wait = settings.longPoll().toSeconds() + "s";
        while (isRunning()) {
            RouteTable table = store.table(group);
            String path = "/api/route-tables/" + group + "?" + router
                    + (table == null ? "" : "&index=" + table.version() + "&epoch=" + table.epoch() + "&wait=" + wait);
            try {
                long asked = System.nanoTime();
                HttpResponse<String> answer =
                        strategy.get(path, settings.longPoll().plus(PATIENCE));
                missing = isGone(answer) && !listed.contains(group) ? missing + 1 : 0;
                boolean applied = answer.statusCode() == 200
                        && store.offer(group, answer.body(), beforeApply) == TableStore.Outcome.APPLIED;
                if (missing >= 2) {
                    store.remove(group);
                    return;
                }
                boolean waited = answer.statusCode() == 304 && System.nanoTime() - asked > SHORT.toNanos();
                if (!applied && !waited) {
                    Thread.sleep(missing > 0 ? settings.listInterval() : PAUSE);
                }
            } catch (IOException e) {
                metrics.sourceFailed("strategy");
                Thread.sleep(PAUSE);
            }
        }
    }

    /** A 404 of strategy-service itself, not of something in between or of one that is not ready. */
    private static boolean isGone(HttpResponse<String> answer) {
        if (answer.statusCode() != 404) {
            return false;
        }
        try {
            JsonNode problem = Json.LENIENT.readTree(answer.body());
            return GONE.contains(problem.path("code").asString(""));
        } catch (JacksonException e) {
            return false;
        }
    }
}
