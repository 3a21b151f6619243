package io.tricolor.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tricolor.contracts.router.TableChanges;
import io.tricolor.contracts.router.TableChanges.Change;
import io.tricolor.router.sources.FilteredAnswer;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Brings tables: one long poll on strategy-service, which answers with what has changed of what this router is to
 * run; while that does not
 * answer, the copies in Consul KV. A group ends only by a table that says so: neither a failure nor an empty answer
 * takes one away.
 *
 * <p>The start waits until one of the two has answered, or for a bounded time, so that the router does not serve by
 * tables on its disk that
 * are no longer in force.
 */
final class TableSource extends Source<String> {

    private static final Logger log = LoggerFactory.getLogger(TableSource.class);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String KV_PREFIX = "tricolor/route-tables/";
    private static final String CHANGES = "changes";
    private static final String COPIES = "copies";

    private final TableStore store;
    private final Peer strategy;
    private final Peer consul;
    private final GatewaySettings settings;
    private final String router;
    private final GatewayMetrics metrics;
    private final Consumer<RouteTable> beforeApply;

    /** Tables that wait for a list of ids, by group; the newest of each. */
    private final ConcurrentMap<String, Change> waiting = new ConcurrentHashMap<>();

    private final CountDownLatch answered = new CountDownLatch(1);
    private final long createdNanos = System.nanoTime();
    private volatile boolean strategyAnswers = true;
    private @Nullable String cursor;

    TableSource(
            TableStore store,
            Peer strategy,
            Peer consul,
            GatewaySettings settings,
            String routerId,
            GatewayMetrics metrics,
            Consumer<RouteTable> beforeApply) {
        super("tables", metrics);
        this.store = store;
        this.strategy = strategy;
        this.consul = consul;
        this.settings = settings;
        this.router = "router=" + URLEncoder.encode(routerId, StandardCharsets.UTF_8);
        this.metrics = metrics;
        this.beforeApply = beforeApply;
    }

    record KvEntry(
            @JsonProperty("Key") String key,
            @JsonProperty("Value") @Nullable String value) {}

    @Override
    void begin() {
        loops.start(CHANGES, this::takeChanges);
        loops.start(COPIES, this::readCopies);
        try {
            if (!answered.await(settings.startWait().toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn(
                        "neither strategy-service nor Consul has answered within {}, serving what is on disk",
                        settings.startWait());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration takeChanges() throws InterruptedException {
        String since = cursor;
        // Only whoever has a position can wait for what comes after it.
        String position = since == null
                ? ""
                : "&since=" + URLEncoder.encode(since, StandardCharsets.UTF_8) + "&wait="
                        + settings.longPoll().toSeconds() + "s";
        Duration patience = since == null ? PATIENCE : settings.longPoll().plus(PATIENCE);
        long asked = System.nanoTime();
        TableChanges changes;
        try {
            changes = read(strategy.get("/api/route-tables/changes?" + router + position, patience));
        } catch (IOException | JacksonException e) {
            strategyFailed(e);
            return shorter(settings.listInterval(), PAUSE);
        }
        changes.tables().forEach(this::take);
        cursor = changes.cursor();
        if (changes.complete()) {
            strategyAnswered();
        }
        boolean immediate = System.nanoTime() - asked < SHORT.toNanos();
        return changes.complete() && changes.tables().isEmpty() && immediate ? SHORT : Duration.ZERO;
    }

    /** An answer is taken whole or not at all: a member that is missing is a failure, not nothing. */
    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    private static TableChanges read(HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() != 200) {
            throw new IOException("answered " + answer.statusCode());
        }
        TableChanges changes = Json.LENIENT.readValue(answer.body(), TableChanges.class);
        boolean whole = changes != null
                && changes.cursor() != null
                && changes.tables() != null
                && changes.tables().stream()
                        .allMatch(change -> change != null
                                && change.group() != null
                                && change.sha256() != null
                                && change.document() != null);
        if (!whole) {
            throw new IOException("answered what are no changes of tables");
        }
        return changes;
    }

    private void take(Change change) {
        waiting.remove(change.group());
        if (store.offer(change, false, beforeApply) == TableStore.Outcome.INCOMPLETE) {
            waiting.put(change.group(), change);
            loops.start(change.group(), () -> complete(change.group()));
        }
    }

    /** What one group waits for must not keep the others waiting. */
    private @Nullable Duration complete(String group) {
        Change change = waiting.get(group);
        if (change == null) {
            return null;
        }
        if (store.offer(change, true, beforeApply) == TableStore.Outcome.INCOMPLETE) {
            return PAUSE;
        }
        waiting.remove(group, change);
        // Not the last turn yet: another one may have come in the meantime, whose loop this is.
        return Duration.ZERO;
    }

    private void strategyAnswered() {
        answered.countDown();
        if (!strategyAnswers) {
            strategyAnswers = true;
            log.info("strategy-service answers again");
        }
    }

    private void strategyFailed(Exception reason) {
        metrics.sourceFailed("strategy");
        if (strategyAnswers) {
            strategyAnswers = false;
            log.warn(
                    "strategy-service does not tell changes of tables, the copies in Consul are read: {}",
                    reason.toString());
        }
    }

    private Duration readCopies() throws InterruptedException {
        boolean late = answered.getCount() > 0
                && System.nanoTime() - createdNanos > settings.startWait().toNanos() / 2;
        if (strategyAnswers && !late) {
            return answered.getCount() > 0 ? SHORT : settings.listInterval();
        }
        try {
            HttpResponse<String> answer = consul.get("/v1/kv/" + KV_PREFIX + "?recurse", PATIENCE);
            FilteredAnswer.refuse(answer);
            if (answer.statusCode() == 200) {
                for (KvEntry entry : Json.LENIENT.readValue(answer.body(), KvEntry[].class)) {
                    takeCopy(entry);
                }
                answered.countDown();
            } else if (answer.statusCode() != 404) {
                throw new IOException("answered " + answer.statusCode());
            }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            metrics.sourceFailed(FilteredAnswer.source(e));
            log.debug("Consul does not answer either: {}", e.toString());
        }
        return settings.listInterval();
    }

    private void takeCopy(KvEntry entry) {
        String value = entry.value();
        if (value != null && entry.key().startsWith(KV_PREFIX)) {
            String group = entry.key().substring(KV_PREFIX.length());
            String document = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
            if (store.offer(group, document, beforeApply) == TableStore.Outcome.INCOMPLETE) {
                log.debug("group {}: the copy in Consul waits for a list of ids", group);
            }
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
