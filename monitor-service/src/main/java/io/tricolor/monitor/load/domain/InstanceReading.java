package io.tricolor.monitor.load.domain;

import org.jspecify.annotations.Nullable;

/**
 * One healthy instance.
 *
 * @param cpuSeconds that it has used since its start; null: it does not say
 * @param failure why it could not be read; empty: it was, or has nothing to read
 */
public record InstanceReading(
        String group,
        String cluster,
        String service,
        String id,
        @Nullable Double cpuSeconds,
        String failure) {}
