package io.tricolor.deploy.orchestrator;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What instances wrote, those that ended a while ago included. Positions count the bytes of one stream of one instance
 * and rise only. Blocking.
 */
public interface InstanceLogs {

    /** Whether an id looks like one of this orchestrator's. */
    boolean mayHave(String instanceId);

    /** Whether an instance of this id is one of the cluster's, by its id alone. */
    boolean isOf(String group, String cluster, String instanceId);

    /**
     * The last lines.
     *
     * @return empty when no such log is kept
     */
    Optional<Part> tail(String instanceId, Stream stream, int lines) throws Unavailable;

    /**
     * What was written behind a position; from the oldest byte that is kept when that is further on.
     *
     * @param wait how long to wait for it when there is nothing and the instance runs
     * @return empty when no such log is kept
     */
    Optional<Part> read(String instanceId, Stream stream, long from, Duration wait) throws Unavailable;

    /** Instances of a service of which logs are kept, the newest first. */
    List<Kept> kept(ServiceKey service) throws Unavailable;

    /** One of the two streams of a process. */
    enum Stream {
        STDOUT,
        STDERR;

        /** As interfaces write it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Some of a log.
     *
     * @param from position of the first byte
     * @param content never the first half of a character alone, unless the log ends there. Not to be changed
     * @param ended whether the instance has ended and nothing comes behind this
     */
    @SuppressWarnings("ArrayRecordComponent") // of use for a moment, never compared
    record Part(long from, byte[] content, boolean ended) {

        /** Position of the byte behind the last one. */
        public long next() {
            return from + content.length;
        }
    }

    /**
     * An instance of which a log is kept.
     *
     * @param writtenAt when it wrote something last, about
     */
    record Kept(String instanceId, boolean running, Instant writtenAt) {}
}
