package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.RouterConfigurationChanged;
import io.tricolor.contracts.group.RouterConfigurationMode;
import io.tricolor.contracts.group.RouterEvicted;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link Decider} about which table which router is to run. Legal at any time, also while an upgrade
 * runs: none of it makes a
 * table, and a router is never given an older one than it was given before.
 */
final class Releases {

    private Releases() {}

    static List<ClusterGroupEvent> configure(GroupState state, ConfigureRouters c, DecisionContext context) {
        return switch (c.mode()) {
            case FOLLOW -> {
                if (c.version() != null || !c.routers().isEmpty()) {
                    throw new Rejected(
                            Code.INVALID_ARGUMENT,
                            "routers that follow run the newest table; version and routers are for PINNED");
                }
                yield changed(state, RouterConfiguration.following(), c.reason(), context);
            }
            case PINNED -> {
                long version = existing(state, Objects.requireNonNullElse(c.version(), state.releasedVersion()));
                Checks.routers(c.routers().keySet());
                c.routers().forEach((router, own) -> {
                    if (existing(state, own) < version) {
                        throw new Rejected(
                                Code.INVALID_ARGUMENT,
                                "router " + router + " is named with " + own + ", below " + version
                                        + " that all are to run");
                    }
                });
                yield changed(state, RouterConfiguration.pinned(version, c.routers()), c.reason(), context);
            }
        };
    }

    static List<ClusterGroupEvent> tryOut(GroupState state, TryRouteTable c, DecisionContext context) {
        requirePinned(state);
        if (c.routers().isEmpty()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "name at least one router that is to try the table");
        }
        long version = existing(state, Objects.requireNonNullElse(c.version(), state.tableVersion()));
        SortedMap<String, Long> routers =
                new TreeMap<>(state.routerConfiguration().routers());
        for (String router : c.routers()) {
            requireNotBelow(state, router, version);
            routers.put(router, version);
        }
        Checks.routers(routers.keySet());
        return changed(
                state, RouterConfiguration.pinned(state.routerConfiguration().version(), routers), c.reason(), context);
    }

    static List<ClusterGroupEvent> release(GroupState state, ReleaseRouteTable c, DecisionContext context) {
        if (!state.routerConfiguration().isPinned() && c.version() == null) {
            return List.of();
        }
        requirePinned(state);
        Long version = c.version();
        return everybody(state, version == null ? tried(state) : existing(state, version), c.reason(), context);
    }

    /** Gives a table to all routers; canaries of a newer one keep it. Nothing to do while they follow. */
    static List<ClusterGroupEvent> everybody(GroupState state, long version, String reason, DecisionContext context) {
        RouterConfiguration now = state.routerConfiguration();
        return now.isPinned()
                ? changed(state, RouterConfiguration.pinned(version, now.routers()), reason, context)
                : List.of();
    }

    static List<ClusterGroupEvent> evict(GroupState state, EvictRouter c, DecisionContext context) {
        return state.isEvicted(c.routerId(), c.bootId())
                ? List.of()
                : List.of(new RouterEvicted(state.groupId(), c.routerId(), c.bootId(), c.reason(), context.at()));
    }

    /** The version that canaries run; the newest when there are none. */
    private static long tried(GroupState state) {
        SortedSet<Long> versions =
                new TreeSet<>(state.routerConfiguration().routers().values());
        if (versions.size() > 1) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "routers try different tables, " + versions + ": name the version to release");
        }
        return versions.isEmpty() ? state.tableVersion() : versions.getFirst();
    }

    private static List<ClusterGroupEvent> changed(
            GroupState state, RouterConfiguration next, String reason, DecisionContext context) {
        RouterConfiguration now = state.routerConfiguration();
        if (next.equals(now)) {
            return List.of();
        }
        if (next.isPinned()) {
            requireNotBelow(state, null, next.version());
            now.routers()
                    .keySet()
                    .forEach(router ->
                            requireNotBelow(state, router, next.routers().getOrDefault(router, next.version())));
        }
        return List.of(new RouterConfigurationChanged(
                state.groupId(),
                next.mode(),
                next.mode() == RouterConfigurationMode.PINNED ? next.version() : null,
                next.routers(),
                reason,
                context.at()));
    }

    private static void requirePinned(GroupState state) {
        if (!state.routerConfiguration().isPinned()) {
            throw new Rejected(
                    Code.ROUTERS_NOT_PINNED,
                    "routers of " + state.groupId() + " follow the newest table; pin them first");
        }
    }

    private static long existing(GroupState state, long version) {
        if (!state.hasTable() || version < 1 || version > state.tableVersion()) {
            throw new Rejected(
                    Code.ROUTE_TABLE_NOT_FOUND,
                    state.groupId() + " has no route table " + version
                            + (state.hasTable() ? "; the newest is " + state.tableVersion() : " yet"));
        }
        return version;
    }

    /** A router that was given a table may run it, whatever it last said; and no router goes back. */
    private static void requireNotBelow(GroupState state, @Nullable String router, long version) {
        long given = state.versionFor(router);
        if (version < given) {
            throw new Rejected(
                    Code.ROUTE_TABLE_SUPERSEDED,
                    (router == null ? "all routers were" : "router " + router + " was") + " given table " + given
                            + " already and cannot go back to " + version);
        }
    }
}
