package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonAlias;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.InlineIds;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What clients send; everything may be missing. */
final class Bodies {

    private static final int MAX_REASON = 500;

    private Bodies() {}

    /** Body of a new group. */
    record CreateGroup(
            @Nullable String groupId,
            @Nullable String application,
            @Nullable String environment,
            @Nullable List<String> clusters,
            @Nullable List<Entry> entries,
            @Nullable IdentitySource identity,
            @Nullable Affinity affinity) {}

    /** Body of a change of a group; what is missing stays. */
    record ChangeGroup(
            @Nullable List<Entry> entries,
            @Nullable IdentitySource identity,
            @Nullable Affinity affinity) {}

    /** Body of a new cluster. */
    record AddCluster(@Nullable String cluster) {}

    /** Body of strategies changed by hand. */
    record ChangeStrategies(
            @Nullable SortedMap<String, Strategy> strategies,
            @Nullable String reason) {

        SortedMap<String, RouteStrategy> toStrategies(InlineIds.Keeper keeper) {
            SortedMap<String, RouteStrategy> all = new TreeMap<>();
            present("strategies", strategies)
                    .forEach((name, strategy) ->
                            all.put(name, present(name, strategy).toStrategy(keeper)));
            return all;
        }
    }

    /** One strategy; the colour by its letter or its name. */
    record Strategy(
            @Nullable String status, @JsonAlias("rule") Rules.@Nullable Body id) {

        RouteStrategy toStrategy(InlineIds.Keeper keeper) {
            ClusterStatus colour;
            try {
                colour = ClusterStatus.parse(present("status", status));
            } catch (IllegalArgumentException e) {
                throw new Rejected(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
            }
            return new RouteStrategy(colour, id == null ? IdRule.nobody() : id.toRule(keeper));
        }
    }

    /** Body that only says why. */
    record Reason(@Nullable String reason) {}

    /** Body that stops a cluster. */
    record StopCluster(
            @Nullable Duration drainTimeout, @Nullable String reason) {}

    /**
     * Body of another number of instances; services that are missing keep theirs. With a manifest it is another release
     * in a cluster that is RED and stopped, and services that are missing have the number that the manifest says.
     */
    record SetInstances(
            @Nullable SortedMap<String, Integer> instances,
            @Nullable Manifest manifest,
            @Nullable Duration drainTimeout,
            @Nullable String reason) {}

    /** Body that ends a group. */
    record Decommission(
            @Nullable String confirmation,
            @Nullable Duration grace,
            @Nullable Duration drainTimeout,
            @Nullable String reason) {}

    static <T> T present(String name, @Nullable T value) {
        if (value == null) {
            throw new Rejected(Code.INVALID_ARGUMENT, name + " is missing");
        }
        return value;
    }

    static String reason(@Nullable String reason) {
        if (reason == null || reason.isBlank()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "reason is missing: the history keeps why something was done");
        }
        if (reason.length() > MAX_REASON) {
            throw new Rejected(Code.INVALID_ARGUMENT, "reason is at most " + MAX_REASON + " characters");
        }
        return reason.strip();
    }
}
