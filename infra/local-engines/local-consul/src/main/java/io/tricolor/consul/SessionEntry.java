package io.tricolor.consul;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One session, which can hold keys.
 *
 * @param lockDelay for how long nobody can take a key that was lost with this session
 * @param deletesKeys whether keys held are deleted (rather than released) when the session ends
 * @param ttl zero for a session without one
 */
record SessionEntry(
        String id,
        String name,
        Duration lockDelay,
        boolean deletesKeys,
        Duration ttl,
        List<String> nodeChecks,
        List<String> serviceChecks,
        long createIndex) {
    boolean dependsOn(String checkId) {
        return Stream.concat(nodeChecks.stream(), serviceChecks.stream()).anyMatch(checkId::equals);
    }

    Map<String, @Nullable Object> view() {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("ID", id);
        view.put("Name", name);
        view.put("Node", Node.NAME);
        view.put("LockDelay", lockDelay.toNanos());
        view.put("Behavior", deletesKeys ? "delete" : "release");
        view.put("TTL", ttl.isZero() ? "" : GoDuration.format(ttl));
        view.put("NodeChecks", nodeChecks);
        view.put(
                "ServiceChecks",
                serviceChecks.isEmpty()
                        ? null
                        : serviceChecks.stream()
                                .map(check -> Map.of("ID", check, "Namespace", ""))
                                .toList());
        view.put("CreateIndex", createIndex);
        view.put("ModifyIndex", createIndex);
        return view;
    }
}
