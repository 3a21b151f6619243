package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategy;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A named position in the stream that one can go back to.
 *
 * @param sequence the position
 * @param cluster that served there
 */
public record RollbackPoint(
        String rollbackPointId,
        long sequence,
        String cluster,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, RouteStrategy> strategies,
        Instant at) {

    /** Id of the point that is left by the beginning of an upgrade. */
    public static String idBefore(String upgradeId) {
        return "rp-" + upgradeId;
    }
}
