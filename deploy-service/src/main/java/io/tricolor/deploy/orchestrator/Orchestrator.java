package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.ServiceManifest;
import java.util.List;
import java.util.Map;

/**
 * Runs instances. All desired states are absolute and may be repeated. Stopping keeps the definition. Blocking.
 */
public interface Orchestrator {

    /** Every service of Tricolor that the orchestrator knows, by key, with what runs of it. */
    Map<ServiceKey, RunningService> services() throws Unavailable;

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

    /** What becomes of an earlier change that is still being carried out. */
    enum Overtake {
        /** It is waited for: the call fails as {@link Busy}. */
        WAIT,
        /** It is given up in favour of this one. A change to something that never becomes healthy would never end by itself. */
        REPLACE
    }

    /** Calls {@code listener} from now on whenever something may have changed. Only a hint: it may be missed, or for nothing. */
    void onChange(Runnable listener);

    /** One service of one cluster of one group. */
    record ServiceKey(String group, String cluster, String service) {}

    /**
     * What is to run.
     *
     * @param digest stands for the whole description; equal digest: nothing to change
     * @param version what people call the release
     */
    record ServiceDefinition(ServiceKey key, ServiceManifest manifest, String version, String digest, int instances) {}

    /**
     * What runs.
     *
     * @param digest of the definition; empty when unknown
     * @param instances the orchestrator is to keep
     * @param changing whether a change is being carried out
     */
    record RunningService(String digest, int instances, boolean changing, List<Task> tasks) {}

    /**
     * One running instance.
     *
     * @param healthy passes all its health checks
     * @param current runs the newest definition
     */
    record Task(String id, String host, int port, boolean healthy, boolean current) {}

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
