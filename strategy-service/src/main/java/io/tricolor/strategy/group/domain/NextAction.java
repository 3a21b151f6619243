package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.ClusterGroupCommand;
import org.jspecify.annotations.Nullable;

/** One thing that is to be done now. Each may be done twice, or by two reactors at once, without harm. */
public sealed interface NextAction {

    /**
     * Let routers fetch a table from the registry.
     *
     * @param version of the table that everybody is to run
     */
    record PublishTable(long version) implements NextAction {}

    /** Send deploy-service the newest desired state for a cluster. */
    record EnsureInstances(ClusterState cluster, @Nullable String upgradeId) implements NextAction {}

    /** Say to monitor-service that a gate is to be judged. */
    record AskJudgement(JudgeGate command) implements NextAction {}

    /** Ask the program that a gate names. */
    record CallWebhook(WebhookCall call) implements NextAction {}

    /**
     * Ask the group, on the version that was looked at and with a new look at what is seen, to record where a step
     * stands.
     */
    record Advance(ClusterGroupCommand command) implements NextAction {}
}
