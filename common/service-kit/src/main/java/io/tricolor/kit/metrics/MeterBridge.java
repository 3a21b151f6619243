package io.tricolor.kit.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;

/**
 * Shows the meters of one application context in the registry of the whole process. Several contexts in one process, as
 * in tests, do not fight over names.
 */
final class MeterBridge extends Collector implements AutoCloseable {

    private final CollectorRegistry process;
    private final CollectorRegistry meters = new CollectorRegistry();

    MeterBridge(CollectorRegistry process) {
        this.process = process;
        process.register(this);
    }

    /** Where the meters of the context are registered. */
    CollectorRegistry meters() {
        return meters;
    }

    /** Everything in the process, in Prometheus' text format. May block, since some gauges ask a database. */
    String page() {
        StringWriter page = new StringWriter();
        try {
            TextFormat.write004(page, process.metricFamilySamples());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return page.toString();
    }

    @Override
    public List<MetricFamilySamples> collect() {
        return Collections.list(meters.metricFamilySamples());
    }

    @Override
    public void close() {
        process.unregister(this);
    }
}
