package io.tricolor.bench;

import java.io.IOException;
import java.util.Map;

/**
 * One side of a comparison.
 *
 * @param run one measurement; called again and again, in turns with the other side's
 */
record Variant(String name, Run run) {

    /** One measurement. */
    @FunctionalInterface
    interface Run {
        Map<Metric, Double> measure() throws IOException, InterruptedException;
    }
}
