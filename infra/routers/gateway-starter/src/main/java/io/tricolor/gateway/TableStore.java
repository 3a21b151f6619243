package io.tricolor.gateway;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.router.TableChanges;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.EntryIndex;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The way of a table into the router: read strictly, validated, compiled, written to disk as it came, then swapped
 * in. Only a higher (epoch,
 * version) gets that far; whatever else comes changes nothing and is remembered for the report, also another table of
 * the same place. A
 * table that ends its group stays on disk, so that no older one comes back. Thread-safe, and not for an event loop.
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
    private final Map<String, TableIdentity> applied = new ConcurrentHashMap<>();
    private final List<Consumer<String>> refusalListeners = new CopyOnWriteArrayList<>();
    private final Map<String, String> waiting = new ConcurrentHashMap<>();

    /** What the last good tables on disk refer to, also one that could not be applied at the start. */
    private final Map<String, Set<IdList>> listsOnDisk = new ConcurrentHashMap<>();

    private final Map<String, Instant> appliedAt = new ConcurrentHashMap<>();

    /**
     * Of nothing yet.
     *
     * @param verifiesTokens whether this router can tell the claims of a token; a table that asks for them is refused
     *     when not
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
        /** A list of ids that it refers to cannot be had now, or the disk does not take it: to be offered again. */
        INCOMPLETE
    }

    /**
     * The last table that was refused.
     *
     * @param version null when it is not known
     */
    record Refusal(@Nullable Long version, String message) {}

    /** Applies what an earlier run left on disk. A file that cannot be used is reported and passed over. */
    void load() throws IOException {
        for (String group : files.names()) {
            try {
                String document = files.read(group);
                RouteTable table = parse(group, document);
                listsOnDisk.put(group, table.referencedLists());
                try (IdListFiles.Hold lists = idLists.load(table.referencedLists())) {
                    CompiledTable compiled = CompiledTable.of(table, lists);
                    swap(compiled, TableIdentity.of(table.epoch(), table.version(), document));
                }
                log.info("group {}: table {} from disk", group, position(table));
            } catch (JacksonException | Rejected | IOException e) {
                refused(group, null, "from disk: " + e.getMessage());
            }
        }
    }

    /** The table of each group that is routed by, also one that has ended it. */
    Map<String, TableIdentity> applied() {
        return Collections.unmodifiableMap(applied);
    }

    /** The table that the group is routed by by now, or a newer one; null: none. */
    @Nullable
    TableIdentity swapped(String group) {
        return applied.get(group);
    }

    @Nullable
    Refusal refusal(String group) {
        return refusals.get(group);
    }

    /** Groups that a table was refused of. */
    Set<String> refused() {
        return Collections.unmodifiableSet(refusals.keySet());
    }

    /** Called with the group when another table is refused. Not to block. */
    void onRefusal(Consumer<String> listener) {
        refusalListeners.add(listener);
    }

    /**
     * Offers a table that strategy-service told of.
     *
     * @param mayFetch whether lists of ids that it refers to may be fetched; when not it is incomplete without them
     * @param beforeApply called with a table that will be applied, to learn what its services need
     */
    Outcome offer(TableChanges.Change change, boolean mayFetch, Consumer<RouteTable> beforeApply) {
        String group = change.group();
        TableIdentity identity;
        try {
            identity = TableIdentity.of(change.epoch(), change.version(), change.document());
        } catch (IllegalArgumentException e) {
            return refused(group, null, String.valueOf(e.getMessage()));
        }
        if (!identity.sha256().equals(change.sha256())) {
            return refused(
                    group,
                    change.version(),
                    "what came has sha256 " + identity.sha256() + ", not " + change.sha256() + " as was said");
        }
        return offer(group, change.document(), identity, mayFetch, beforeApply);
    }

    /** Offers a copy of a table, which says itself which it is. */
    Outcome offer(String group, String document, Consumer<RouteTable> beforeApply) {
        return offer(group, document, null, true, beforeApply);
    }

    private Outcome offer(
            String group,
            String document,
            @Nullable TableIdentity said,
            boolean mayFetch,
            Consumer<RouteTable> beforeApply) {
        RouteTable table;
        try {
            table = parse(group, document);
        } catch (JacksonException | Rejected e) {
            return refused(group, said == null ? versionIn(document) : (Long) said.version(), cause(e));
        }
        TableIdentity identity = TableIdentity.of(table.epoch(), table.version(), document);
        if (said != null && !said.equals(identity)) {
            return refused(group, said.version(), "the document is table " + position(table) + ", not as was said");
        }
        TableIdentity present = applied.get(group);
        if (!identity.supersedes(present)) {
            return present != null && identity.contradicts(present)
                    ? refused(group, table.version(), "there is another table " + position(table) + ": " + present)
                    : Outcome.NOT_NEWER;
        }
        try (IdListFiles.Hold lists =
                mayFetch ? idLists.bring(table.referencedLists()) : idLists.load(table.referencedLists())) {
            waiting.remove(group);
            return apply(group, document, identity, CompiledTable.of(table, lists), beforeApply);
        } catch (Rejected e) {
            return refused(group, table.version(), cause(e));
        } catch (IOException e) {
            return mayFetch ? incomplete(group, table, e) : Outcome.INCOMPLETE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Outcome.INCOMPLETE;
        }
    }

    private Outcome apply(
            String group,
            String document,
            TableIdentity identity,
            CompiledTable compiled,
            Consumer<RouteTable> beforeApply) {
        RouteTable table = compiled.table();
        beforeApply.accept(table);
        lock.lock();
        try {
            if (!identity.supersedes(applied.get(group))) {
                return Outcome.NOT_NEWER;
            }
            files.write(group, document);
            // Before the swap, which is reported at once.
            refusals.remove(group);
            swap(compiled, identity);
            listsOnDisk.put(group, table.referencedLists());
            deleteUnusedLists();
        } catch (IOException e) {
            refused(group, table.version(), "cannot be kept on disk: " + e);
            return Outcome.INCOMPLETE;
        } finally {
            lock.unlock();
        }
        log.info(
                "group {}: table {} applied{}", group, position(table), table.deleted() ? ", the group has ended" : "");
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

    /**
     * The identity is there before anybody is told, and told only of a table that requests are routed by: see {@link
     * #swapped}.
     */
    private void swap(CompiledTable compiled, TableIdentity identity) {
        String group = compiled.table().group();
        if (compiled.table().deleted()) {
            appliedAt.remove(group);
            state.remove(group, () -> applied.put(group, identity));
        } else {
            appliedAt.put(group, Instant.now());
            state.apply(compiled, () -> applied.put(group, identity));
        }
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
            refusalListeners.forEach(listener -> listener.accept(group));
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
