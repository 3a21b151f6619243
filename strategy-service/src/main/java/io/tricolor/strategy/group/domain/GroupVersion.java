package io.tricolor.strategy.group.domain;

import org.jspecify.annotations.Nullable;

/**
 * Answer to a command.
 *
 * @param version of the group after it: the position of its last event
 * @param events how many the command led to; 0: it was fulfilled already
 * @param upgradeId the upgrade that runs after it; null: none
 */
public record GroupVersion(
        long version, int events, @Nullable String upgradeId) {

    static GroupVersion of(@Nullable GroupState state, int events) {
        if (state == null) {
            return new GroupVersion(-1, events, null);
        }
        Upgrade upgrade = state.upgrade();
        return new GroupVersion(state.version(), events, upgrade == null ? null : upgrade.upgradeId());
    }
}
