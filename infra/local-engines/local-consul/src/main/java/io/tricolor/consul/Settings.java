package io.tricolor.consul;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a local-consul runs with.
 *
 * @param port 0 for any free port
 * @param dataDir holds the log; created when absent; used by one process at a time
 * @param minCheckInterval shorter intervals of HTTP and TCP checks are raised to this
 * @param minSessionTtl shorter TTLs of sessions are refused
 * @param minDeregisterAfter shorter values of DeregisterCriticalServiceAfter are raised to this
 * @param reapInterval how often services that were critical for too long are looked for
 * @param compactAtBytes size of the log from which on it is rewritten, if most of it is history
 */
public record Settings(
        int port,
        Path dataDir,
        Duration minCheckInterval,
        Duration minSessionTtl,
        Duration minDeregisterAfter,
        Duration reapInterval,
        long compactAtBytes) {
    /** The limits of a real Consul agent. */
    public static Settings of(int port, Path dataDir) {
        return new Settings(
                port,
                dataDir,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                4L << 20);
    }
}
