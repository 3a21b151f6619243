package io.tricolor.contracts;

import java.util.List;

/**
 * Names of the Kafka topics. The number of partitions ({@value #PARTITIONS}) is part of the contract: adding partitions
 * would move keys and break their order, so a change of it is a new topic with the next version in its name.
 */
public final class Topics {

    /** Partitions of every topic here. */
    public static final int PARTITIONS = 6;

    /** Every event of every cluster group, in stream order; key: group id; kept for ever. */
    public static final String CLUSTER_GROUP_EVENTS = "tricolor.cluster-group.events.v1";

    /** Desired and observed changes of every cluster's instances; key: group id; kept for ever. */
    public static final String CLUSTER_DEPLOYMENT_EVENTS = "tricolor.cluster-deployment.events.v1";

    /** Configuration revisions published and rolled back; key: namespace; kept for ever. */
    public static final String CONFIG_EVENTS = "tricolor.config.events.v1";

    /** Freeze windows, key: calendar, templates of plans and scaling by rule, key: group id; kept for ever. */
    public static final String PLANNING_EVENTS = "tricolor.planning.events.v1";

    /** Absolute desired state, for deploy-service; key: group id; seven days. */
    public static final String DEPLOY_COMMANDS = "tricolor.deploy.commands.v1";

    /** What deploy-service sees, repeated while nothing changes; key: group id; seven days. */
    public static final String DEPLOY_OBSERVATIONS = "tricolor.deploy.observations.v1";

    /** Health on change; key: subject id; compacted. */
    public static final String MONITOR_HEALTH = "tricolor.monitor.health.v1";

    /** Gates that monitor-service is to judge and load that it is to observe, repeated; key: group id; a day. */
    public static final String MONITOR_COMMANDS = "tricolor.monitor.commands.v1";

    /** What monitor-service says of these gates and of this load; key: group id; seven days. */
    public static final String MONITOR_OBSERVATIONS = "tricolor.monitor.observations.v1";

    /** The newest state of each group; key: group id; compacted. */
    public static final String CLUSTER_GROUP_SNAPSHOTS = "tricolor.cluster-group.snapshots.v1";

    /** Request-log lines; key: service name; three days. */
    public static final String LOGS = "tricolor.logs.v1";

    /** Signed roots of the chains over the events; key: name of the service; kept for ever. */
    public static final String AUDIT_ROOTS = "tricolor.audit.roots.v1";

    /** Commands that were refused; key: actor; kept for 400 days. */
    public static final String AUDIT_REFUSALS = "tricolor.audit.refusals.v1";

    private Topics() {}

    /** Topic for records that a consumer of {@code topic} could not process; keeps the key and the original bytes. */
    public static String deadLetter(String topic) {
        return topic + ".dlt";
    }

    /** The topics that are kept for ever: the published history. */
    public static List<String> eventTopics() {
        return List.of(CLUSTER_GROUP_EVENTS, CLUSTER_DEPLOYMENT_EVENTS, CONFIG_EVENTS, PLANNING_EVENTS);
    }

    /** The topics beside the published history that prove it and that say who was refused. */
    public static List<String> auditTopics() {
        return List.of(AUDIT_ROOTS, AUDIT_REFUSALS);
    }

    /** The topics that carry work and observations and expire. */
    public static List<String> workTopics() {
        return List.of(
                DEPLOY_COMMANDS,
                DEPLOY_OBSERVATIONS,
                MONITOR_HEALTH,
                MONITOR_COMMANDS,
                MONITOR_OBSERVATIONS,
                CLUSTER_GROUP_SNAPSHOTS,
                LOGS);
    }
}
