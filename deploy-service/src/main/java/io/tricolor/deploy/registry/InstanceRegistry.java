package io.tricolor.deploy.registry;

import java.util.Map;

/** Where routers and callers find healthy instances. Blocking. */
public interface InstanceRegistry {

    /** Every instance that Tricolor has registered, by id. Others are not touched, and not listed. */
    Map<String, Registration> registered() throws Unavailable;

    /** Registers an instance, or replaces its registration. It counts as passing until its check says otherwise. */
    void register(Registration registration) throws Unavailable;

    /** Takes an instance out; one that is not there is fine. */
    void deregister(String instanceId) throws Unavailable;

    /**
     * One instance.
     *
     * @param instanceId as the orchestrator names it
     * @param healthPath checked by HTTP every second
     * @param metricsPath where it shows its metrics in the text format of Prometheus; empty: it does not
     */
    record Registration(
            String instanceId,
            String group,
            String cluster,
            String service,
            String version,
            String host,
            int port,
            String healthPath,
            String metricsPath) {

        /** One without metrics. */
        public Registration(
                String instanceId,
                String group,
                String cluster,
                String service,
                String version,
                String host,
                int port,
                String healthPath) {
            this(instanceId, group, cluster, service, version, host, port, healthPath, "");
        }
    }

    /** The registry cannot be reached, or does not answer as it should. */
    final class Unavailable extends Exception {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message);
        }
    }
}
