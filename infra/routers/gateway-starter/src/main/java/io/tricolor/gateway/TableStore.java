package io.tricolor.gateway;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.IdList;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.EntryIndex;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The way of a table into the router: read strictly, validated, compiled, written to disk, then swapped in. Only a higher (epoch, version)
 * gets that far; whatever else comes changes nothing and is remembered for the report. Thread-safe, and not for an event loop.
 */
final class TableStore {

    private static final Logger log = LoggerFactory.getLogger(TableStore.class);

    private final RoutingState state;
    private final StateFiles files;
    private final IdListFiles idLists;
    private final boolean verifiesTokens;
    private final GatewayMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
    private final Map<String, String> waiting = new ConcurrentHashMap<>();

    /** What the last good tables on disk refer to, also one that could not be applied at the start. */
    private final Map<String, Set<IdList>> listsOnDisk = new ConcurrentHashMap<>();

    private final Map<String, Instant> appliedAt = new ConcurrentHashMap<>();

    /**
     * Of nothing yet.
     *
     * @param verifiesTokens whether this router can tell the claims of a token; a table that asks for them is refused when not
     */
    TableStore(
            RoutingState state, StateFiles files, IdListFiles idLists, boolean verifiesTokens, GatewayMetrics metrics) {
        this.state = state;
        this.files = files;
        this.idLists = idLists;
        this.verifiesTokens = verifiesTokens;
        this.metrics = metrics;
        metrics.tablesAreAgedBy(appliedAt);
    }

    /** What became of a table. */
    enum Outcome {
        APPLIED,
        NOT_NEWER,
        REFUSED,
        /** A list of ids that it refers to cannot be had now. */
        INCOMPLETE
    }

    /**
     * The last table that was refused.
     *
     * @param version null when the text has none
     */
    record Refusal(@Nullable Long version, String message) {}

    /** Applies what an earlier run left on disk. A file that cannot be used is reported and passed over. */
    void load() throws IOException {
        for (String group : files.names()) {
            try {
                RouteTable table = parse(group, files.read(group));
                listsOnDisk.put(group, table.referencedLists());
                try (IdListFiles.Hold lists = idLists.load(table.referencedLists())) {
                    state.apply(CompiledTable.of(table, lists));
                }
                appliedAt.put(group, Instant.now());
                log.info("group {}: table {} from disk", group, position(table));
            } catch (JacksonException | Rejected | IOException e) {
                refused(group, null, "from disk: " + e.getMessage());
            }
        }
    }

    /** The applied table; null when there is none. */
    @Nullable
    RouteTable table(String group) {
        CompiledTable table = state.snapshot().tables().get(group);
        return table == null ? null : table.table();
    }

    /** Whether a table of this position would be applied. */
    boolean wants(String group, long epoch, long version) {
        RouteTable table = table(group);
        return table == null || epoch > table.epoch() || (epoch == table.epoch() && version > table.version());
    }

    @Nullable
    Refusal refusal(String group) {
        return refusals.get(group);
    }

    /**
     * Offers a table.
     *
     * @param json the document
     * @param beforeApply called with a table that will be applied, to learn what its services need
     */
    Outcome offer(String group, String json, Consumer<RouteTable> beforeApply) {
        RouteTable table;
        try {
            table = parse(group, json);
        } catch (JacksonException | Rejected e) {
            return refused(group, versionIn(json), cause(e));
        }
        if (!table.supersedes(table(group))) {
            return Outcome.NOT_NEWER;
        }
        try (IdListFiles.Hold lists = idLists.bring(table.referencedLists())) {
            waiting.remove(group);
            return apply(group, table, CompiledTable.of(table, lists), beforeApply);
        } catch (Rejected e) {
            return refused(group, table.version(), cause(e));
        } catch (IOException e) {
            return incomplete(group, table, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Outcome.INCOMPLETE;
        }
    }

    private Outcome apply(String group, RouteTable table, CompiledTable compiled, Consumer<RouteTable> beforeApply) {
        beforeApply.accept(table);
        lock.lock();
        try {
            if (!table.supersedes(table(group))) {
                return Outcome.NOT_NEWER;
            }
            files.write(group, Json.STRICT.writeValueAsString(table));
            // Before the swap, which is reported at once.
            refusals.remove(group);
            appliedAt.put(group, Instant.now());
            state.apply(compiled);
            listsOnDisk.put(group, table.referencedLists());
            deleteUnusedLists();
        } catch (IOException e) {
            return refused(group, table.version(), "cannot be kept on disk: " + e);
        } finally {
            lock.unlock();
        }
        log.info("group {}: table {} applied", group, position(table));
        for (EntryIndex.Conflict conflict : state.snapshot().entries().conflicts()) {
            if (conflict.group().equals(group)) {
                log.warn(
                        "group {}: entry {} is without effect, group {} has it",
                        group,
                        conflict.entry(),
                        conflict.winner());
            }
        }
        return Outcome.APPLIED;
    }

    /** The group is no more. */
    void remove(String group) throws IOException {
        lock.lock();
        try {
            state.remove(group);
            appliedAt.remove(group);
            refusals.remove(group);
            files.delete(group);
            waiting.remove(group);
            listsOnDisk.remove(group);
            deleteUnusedLists();
        } finally {
            lock.unlock();
        }
        log.info("group {}: deleted, its table is removed", group);
    }

    private void deleteUnusedLists() {
        try {
            idLists.retain(listsOnDisk.values().stream().flatMap(Set::stream).collect(Collectors.toSet()));
        } catch (IOException e) {
            log.warn("lists of ids that no table refers to stay on disk: {}", e.toString());
        }
    }

    private Outcome incomplete(String group, RouteTable table, IOException failure) {
        metrics.sourceFailed("id-lists");
        String what = "table " + position(table) + " waits for a list of ids, the one before stays: " + failure;
        if (!what.equals(waiting.put(group, what))) {
            log.warn("group {}: {}", group, what);
        }
        return Outcome.INCOMPLETE;
    }

    private RouteTable parse(String group, String json) {
        RouteTable table = Json.STRICT.readValue(json, RouteTable.class);
        if (table == null || !table.group().equals(group)) {
            throw new Rejected(Rejection.Code.INVALID_ARGUMENT, "the document is not a table of group " + group);
        }
        if (!verifiesTokens && !table.identity().claims().isEmpty()) {
            throw new Rejected(
                    Rejection.Code.INVALID_ARGUMENT,
                    "identity.claims: this router verifies no tokens, it would route differently from those that do;"
                            + " set tricolor.gateway.jwt.public-key or tricolor.gateway.jwt.jwk-set-uri");
        }
        return table;
    }

    private Outcome refused(String group, @Nullable Long version, String message) {
        Refusal refusal = new Refusal(version, message);
        if (!refusal.equals(refusals.put(group, refusal))) {
            metrics.tableRejected(group);
            log.warn("group {}: table refused, the one before stays: {}", group, message);
        }
        return Outcome.REFUSED;
    }

    private static String cause(Exception e) {
        return String.valueOf(e.getCause() instanceof Rejected rejected ? rejected.getMessage() : e.getMessage());
    }

    private static @Nullable Long versionIn(String json) {
        try {
            JsonNode version = Json.LENIENT.readTree(json).path("version");
            return version.canConvertToLong() && version.isIntegralNumber() ? version.longValue() : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static String position(RouteTable table) {
        return table.epoch() + "." + table.version();
    }
}
