package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.contracts.group.RouterConfigurationMode;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.RouterConfiguration;
import io.tricolor.strategy.routing.RouterRegistry.RouterOfGroup;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Which table each router is to run, and which it runs.
 *
 * @param version that routers are pinned at; null while they follow
 * @param routers canaries: the version of each, by router id
 * @param released version that all routers but the canaries are to run; 0 before the first table
 * @param newest version of the newest table; 0 before the first
 * @param holdsUpgrade the upgrade whose steps wait until the newest table is released; null: none does
 * @param live every router that upgrades wait for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RouterConfigurationView(
        String groupId,
        RouterConfigurationMode mode,
        @Nullable Long version,
        SortedMap<String, Long> routers,
        long epoch,
        long released,
        long newest,
        @Nullable String holdsUpgrade,
        List<LiveRouter> live) {

    /** What a group's view says of it in short. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "RouterConfigurationOutline")
    record Outline(RouterConfigurationMode mode, @Nullable Long version, SortedMap<String, Long> routers) {

        static Outline of(GroupState state) {
            RouterConfiguration configuration = state.routerConfiguration();
            return new Outline(configuration.mode(), versionOf(configuration), configuration.routers());
        }
    }

    /**
     * A router that upgrades wait for.
     *
     * @param toRun version of the table that it is to run
     * @param runs what all of its workers run; null: it has none of the group's tables
     * @param behind whether it does not yet run what it is to run
     * @param heldBack whether it is kept from the newest table
     * @param silent whether it has not reported for longer than it should
     * @param rejectedVersion newest table that it refused; null: none
     * @param rejection why it refused
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LiveRouter(
            String routerId,
            String kind,
            long toRun,
            @Nullable Applied runs,
            boolean behind,
            boolean heldBack,
            boolean silent,
            Instant reportedAt,
            @Nullable Long rejectedVersion,
            @Nullable String rejection) {

        static LiveRouter of(GroupState state, RouterOfGroup router, Instant now) {
            var observation = router.observation();
            var refused = router.refused();
            long toRun = state.versionFor(observation.routerId());
            return new LiveRouter(
                    observation.routerId(),
                    router.kind(),
                    toRun,
                    observation.version() == 0 ? null : new Applied(observation.epoch(), observation.version()),
                    !observation.runsWhatItIsTo(state),
                    toRun < state.tableVersion(),
                    router.silent(),
                    router.reportedAt(),
                    refused == null ? null : refused.rejectedVersion(),
                    refused == null ? null : refused.rejection());
        }
    }

    /** A table that a router applied. */
    record Applied(long epoch, long version) {}

    static RouterConfigurationView of(GroupState state, List<RouterOfGroup> routers, Instant now) {
        RouterConfiguration configuration = state.routerConfiguration();
        var upgrade = state.upgrade();
        return new RouterConfigurationView(
                state.groupId(),
                configuration.mode(),
                versionOf(configuration),
                configuration.routers(),
                state.epoch(),
                state.releasedVersion(),
                state.tableVersion(),
                upgrade != null && state.holdsRoutersBack() ? upgrade.upgradeId() : null,
                routers.stream()
                        .filter(router ->
                                !state.live(List.of(router.observation())).isEmpty())
                        .map(router -> LiveRouter.of(state, router, now))
                        .toList());
    }

    private static @Nullable Long versionOf(RouterConfiguration configuration) {
        return configuration.isPinned() ? configuration.version() : null;
    }
}
