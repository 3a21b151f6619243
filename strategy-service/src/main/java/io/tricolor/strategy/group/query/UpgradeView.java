package io.tricolor.strategy.group.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An upgrade, running or past.
 *
 * @param status what became of it
 * @param upgrade as it last was
 * @param endedAt null while it runs
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpgradeView(
        String groupId,
        Status status,
        Upgrade upgrade,
        @Nullable Instant endedAt) {

    /** Where an upgrade stands. */
    public enum Status {
        RUNNING,
        PAUSED,
        ABORTING,
        COMPLETED,
        ABORTED
    }

    /** The view of an upgrade that runs. */
    public static UpgradeView running(String groupId, Upgrade upgrade) {
        Status status = upgrade.position().paused()
                ? Status.PAUSED
                : upgrade.position().aborting() ? Status.ABORTING : Status.RUNNING;
        return new UpgradeView(groupId, status, upgrade, null);
    }

    UpgradeView ended(Status as, Instant at) {
        return new UpgradeView(groupId, as, upgrade, at);
    }
}
