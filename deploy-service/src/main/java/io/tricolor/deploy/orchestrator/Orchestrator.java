package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.secret.SecretValues;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs instances. All desired states are absolute and may be repeated. Stopping keeps the definition. Blocking.
 */
public interface Orchestrator {

    /**
     * Every service of Tricolor that the orchestrator knows, by key, with what runs of it. That one is missing does
     * not prove that
     * nothing of it runs; ask {@link #find}.
     */
    Map<ServiceKey, RunningService> services() throws Unavailable;

    /** One service, empty only when the orchestrator says that it has no such service. */
    Optional<RunningService> find(ServiceKey service) throws Unavailable;

    /**
     * Makes the service run as described, from nothing or in place of another definition.
     *
     * @throws Busy while an earlier change is being carried out that may not be overtaken; to be tried again
     * @throws Refused when the description itself is at fault
     */
    void deploy(ServiceDefinition definition, Overtake overtake) throws Unavailable, Busy, Refused;

    /**
     * Changes the number of instances; 0 stops all and keeps the definition.
     *
     * @throws Busy as {@link #deploy}
     */
    void scale(ServiceKey service, int instances, Overtake overtake) throws Unavailable, Busy, Refused;

    /**
     * Stops exactly these instances and lowers the number of instances by as many. Those that are not there are passed
     * over.
     *
     * @throws Busy as {@link #deploy}
     */
    void stop(ServiceKey service, List<String> instanceIds, Overtake overtake) throws Unavailable, Busy, Refused;

    /** What becomes of an earlier change that is still being carried out. */
    enum Overtake {
        /** It is waited for: the call fails as {@link Busy}. */
        WAIT,
        /**
         * It is given up in favour of this one. A change to something that never becomes healthy would never end by
         * itself.
         */
        REPLACE
    }

    /**
     * Calls {@code listener} from now on whenever something may have changed. Only a hint: it may be missed, or for
     * nothing.
     */
    void onChange(Runnable listener);

    /** One service of one cluster of one group. */
    record ServiceKey(String group, String cluster, String service) {}

    /**
     * What is to run.
     *
     * @param digest stands for the whole description; equal digest: nothing to change
     * @param version what people call the release
     * @param secrets values of the manifest's {@code secretEnv}
     * @param source where a file artifact is fetched from; null: from where the manifest says
     */
    record ServiceDefinition(
            ServiceKey key,
            ServiceManifest manifest,
            String version,
            String digest,
            int instances,
            SecretValues secrets,
            @Nullable String source) {

        /** Without secrets, from where the manifest says. */
        public ServiceDefinition(
                ServiceKey key, ServiceManifest manifest, String version, String digest, int instances) {
            this(key, manifest, version, digest, instances, SecretValues.NONE, null);
        }
    }

    /**
     * What runs.
     *
     * @param digest of the definition; empty when unknown
     * @param instances the orchestrator is to keep
     * @param changing whether a change is being carried out
     * @param lastEnd the instance of this definition that ended last without having been asked to; null: none
     * @param waiting why instances that are missing have not been started
     */
    record RunningService(
            String digest,
            int instances,
            boolean changing,
            List<Task> tasks,
            @Nullable End lastEnd,
            Waiting waiting) {

        /** In good order. */
        public RunningService(String digest, int instances, boolean changing, List<Task> tasks) {
            this(digest, instances, changing, tasks, null, Waiting.NONE);
        }
    }

    /**
     * How an instance ended, or why it never began.
     *
     * @param state as the orchestrator calls it, for example {@code TASK_FAILED}
     * @param message of the orchestrator
     */
    record End(String instanceId, String state, String message, Instant at) {}

    /**
     * What keeps instances from being started.
     *
     * @param lacks what every machine that was looked at lacks
     * @param unofferedSince no machine was offered at all since then; null: one was, or nothing waits
     * @param words in which the orchestrator says it; empty when it does not
     */
    record Waiting(Set<Lack> lacks, @Nullable Instant unofferedSince, String words) {

        /** Without words. */
        public Waiting(Set<Lack> lacks, @Nullable Instant unofferedSince) {
            this(lacks, unofferedSince, "");
        }

        /** Nothing does. */
        public static final Waiting NONE = new Waiting(Set.of(), null);
    }

    /** What a machine may lack. */
    enum Lack {
        CPU,
        MEMORY,
        DISK,
        PORTS,
        /** It is none of those that roles and constraints allow. */
        SUITABILITY
    }

    /**
     * One running instance.
     *
     * @param health what the orchestrator knows of it
     * @param current runs the newest definition
     */
    record Task(String id, String host, int port, Health health, boolean current) {

        /** Whether it passes all its health checks. */
        public boolean healthy() {
            return health == Health.HEALTHY;
        }
    }

    /** Health of an instance as the orchestrator sees it. */
    enum Health {
        /** Passes all its checks. */
        HEALTHY,
        /** Fails a check, does not serve yet, or is being stopped. */
        UNHEALTHY,
        /**
         * Nothing is known: no check has a result, or the orchestrator has lost sight of it. Neither a pass nor a
         * failure.
         */
        UNKNOWN
    }

    /** The orchestrator cannot be reached, or does not answer as it should. */
    final class Unavailable extends Exception {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message);
        }
    }

    /** An earlier change is being carried out. */
    final class Busy extends Exception {
        private static final long serialVersionUID = 1L;

        public Busy(String message) {
            super(message);
        }
    }

    /** The orchestrator will not do it, however often it is asked. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Rejection rejection;

        public Refused(Rejection rejection) {
            super(rejection.message());
            this.rejection = rejection;
        }

        public Rejection rejection() {
            return rejection;
        }
    }
}
