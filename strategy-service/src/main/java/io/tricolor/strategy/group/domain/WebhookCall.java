package io.tricolor.strategy.group.domain;

import org.jspecify.annotations.Nullable;

/**
 * A question to another program: does this stage pass? Its identity is that of the try of the stage.
 *
 * @param step index of the step that waits for the answer
 * @param url of the program
 * @param cluster that the upgrade goes to
 * @param release of that cluster
 * @param baseline cluster that serves beside it; null: none
 * @param baselineRelease of that one
 * @param epoch of the group
 * @param fence position of the event from which the step counts: an answer for another one does not count
 * @param watched whether its stage is over: a PASS is no reason not to ask again
 */
public record WebhookCall(
        String groupId,
        String upgradeId,
        int step,
        String stage,
        String gate,
        String url,
        String cluster,
        String release,
        @Nullable String baseline,
        @Nullable String baselineRelease,
        long epoch,
        long fence,
        boolean watched) {}
