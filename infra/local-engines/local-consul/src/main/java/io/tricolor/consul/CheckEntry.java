package io.tricolor.consul;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One check with what it said last.
 *
 * @param serviceId empty for a check of the node
 * @param deregisterAfter how long the service may be critical before it is removed; zero for ever
 */
record CheckEntry(
        String checkId,
        String name,
        String notes,
        String serviceId,
        String serviceName,
        CheckDefinition definition,
        Duration deregisterAfter,
        CheckStatus status,
        String output,
        long createIndex,
        long modifyIndex) {
    static final String NODE_CHECK = "serfHealth";
    static final String NODE_MAINTENANCE = "_node_maintenance";
    static final String SERVICE_MAINTENANCE_PREFIX = "_service_maintenance:";

    /** The node lives as long as this process. */
    static CheckEntry ofNode() {
        return new CheckEntry(
                NODE_CHECK,
                "Serf Health Status",
                "",
                "",
                "",
                new CheckDefinition.Fixed(),
                Duration.ZERO,
                CheckStatus.PASSING,
                "Agent alive and reachable",
                1,
                1);
    }

    static CheckEntry maintenance(String checkId, String name, String reason, String serviceId, String serviceName) {
        return new CheckEntry(
                checkId,
                name,
                reason,
                serviceId,
                serviceName,
                new CheckDefinition.Fixed(),
                Duration.ZERO,
                CheckStatus.CRITICAL,
                "",
                0,
                0);
    }

    CheckEntry at(long created, long modified) {
        return new CheckEntry(
                checkId,
                name,
                notes,
                serviceId,
                serviceName,
                definition,
                deregisterAfter,
                status,
                output,
                created,
                modified);
    }

    CheckEntry with(CheckStatus newStatus, String newOutput, long index) {
        return new CheckEntry(
                checkId,
                name,
                notes,
                serviceId,
                serviceName,
                definition,
                deregisterAfter,
                newStatus,
                newOutput,
                createIndex,
                index);
    }

    boolean sameContent(CheckEntry other) {
        return at(0, 0).equals(other.at(0, 0));
    }

    Map<String, @Nullable Object> view(List<String> serviceTags) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        List<String> timing = definition.timing();
        view.put("Node", Node.NAME);
        view.put("CheckID", checkId);
        view.put("Name", name);
        view.put("Status", status.word());
        view.put("Notes", notes);
        view.put("Output", output);
        view.put("ServiceID", serviceId);
        view.put("ServiceName", serviceName);
        view.put("ServiceTags", serviceTags);
        view.put("Type", definition.type());
        view.put("Interval", timing.get(0));
        view.put("Timeout", timing.get(1));
        view.put("Definition", Map.of());
        view.put("CreateIndex", createIndex);
        view.put("ModifyIndex", modifyIndex);
        return view;
    }
}
