package io.tricolor.marathon.app;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * What someone wants to run, with all defaults filled in. Equality is equality of the desired state.
 *
 * @param id absolute path, {@code /group/app}
 * @param cmd run by {@code /bin/sh -c}; null when {@code args} is used
 * @param args argument vector, run without a shell; empty when {@code cmd} is used
 * @param instances from 0
 * @param taskKillGracePeriod between SIGTERM and SIGKILL
 * @param portDefinitions one host port is reserved for each
 * @param readinessCheck asked of new instances while a deployment runs; null: there is none
 * @param echoed members that have no effect on one machine and are shown as they were given
 */
public record AppDefinition(
        String id,
        @Nullable String cmd,
        List<String> args,
        double cpus,
        double mem,
        double disk,
        int instances,
        SortedMap<String, String> env,
        SortedMap<String, String> labels,
        List<String> dependencies,
        List<Fetch> fetch,
        Duration backoff,
        double backoffFactor,
        Duration maxLaunchDelay,
        Duration taskKillGracePeriod,
        KillSelection killSelection,
        List<PortDefinition> portDefinitions,
        boolean requirePorts,
        List<HealthCheck> healthChecks,
        @Nullable ReadinessCheck readinessCheck,
        UpgradeStrategy upgradeStrategy,
        SortedMap<String, JsonNode> echoed) {

    /** Which of two equal instances is killed first. */
    public enum KillSelection {
        /** The one that was started last. */
        YOUNGEST_FIRST,
        /** The one that was started first. */
        OLDEST_FIRST
    }

    /**
     * A file that is put into the sandbox before the start.
     *
     * @param cache whether what was downloaded is kept for the next time; the same URI has the same content then
     * @param outputFile name in the sandbox; null: the last segment of the URI
     * @param sha256 of the content, lower-case hex; null: it is not compared
     */
    public record Fetch(
            String uri,
            boolean executable,
            boolean cache,
            @Nullable String outputFile,
            @Nullable String sha256) {}

    /**
     * A port that each instance gets.
     *
     * @param port service port, unique among all apps; 0 until one was chosen. The host port is another one, unless
     *     ports are required
     */
    public record PortDefinition(int port, @Nullable String name, String protocol, SortedMap<String, String> labels) {

        /** The same definition with another service port. */
        public PortDefinition withPort(int chosen) {
            return new PortDefinition(chosen, name, protocol, labels);
        }
    }

    /** How a check is made. */
    public enum Protocol {
        /** GET, 2xx and 3xx are good. */
        HTTP,
        /** As {@link #HTTP}. */
        MESOS_HTTP,
        /** As {@link #HTTP}, over TLS; whom the certificate names does not matter. */
        HTTPS,
        /** As {@link #HTTPS}. */
        MESOS_HTTPS,
        /** A connection is accepted. */
        TCP,
        /** As {@link #TCP}. */
        MESOS_TCP,
        /** A shell command in the sandbox ends with 0. */
        COMMAND;

        /** Whether it is a GET. */
        public boolean isHttp() {
            return this == HTTP || this == MESOS_HTTP || isSecure();
        }

        /** Whether it is a GET over TLS. */
        public boolean isSecure() {
            return this == HTTPS || this == MESOS_HTTPS;
        }
    }

    /**
     * How an instance proves that it works.
     *
     * @param port fixed port; null: the host port at {@code portIndex}
     * @param maxConsecutiveFailures the instance is killed on the failure after these; 0: never
     * @param command null unless the protocol is {@link Protocol#COMMAND}
     */
    public record HealthCheck(
            Protocol protocol,
            String path,
            int portIndex,
            @Nullable Integer port,
            Duration gracePeriod,
            Duration interval,
            Duration timeout,
            int maxConsecutiveFailures,
            @Nullable String command) {}

    /**
     * How a new instance says that it is ready; a deployment waits for it.
     *
     * @param https whether it is asked over TLS; whom the certificate names does not matter
     * @param portName of the port definition whose host port is asked
     * @param statusCodes that say that it is
     * @param preserveLastResponse whether the last answer is shown with the deployment
     */
    public record ReadinessCheck(
            String name,
            boolean https,
            String path,
            String portName,
            Duration interval,
            Duration timeout,
            List<Integer> statusCodes,
            boolean preserveLastResponse) {}

    /** Bounds of a rolling restart, both relative to the number of instances. */
    public record UpgradeStrategy(double minimumHealthCapacity, double maximumOverCapacity) {}

    /** The container image that it runs from; empty: it is a plain process. */
    public Optional<String> image() {
        JsonNode container = echoed.get("container");
        return container == null || !container.path("docker").hasNonNull("image")
                ? Optional.empty()
                : Optional.of(container.path("docker").path("image").asString(""));
    }

    /**
     * Why this machine cannot run it, in words; empty: it can. Such an app waits in the queue.
     *
     * @param hasContainers whether there is an engine for container images
     */
    public Optional<String> obstacle(boolean hasContainers) {
        JsonNode container = echoed.get("container");
        Optional<String> image = image();
        if (image.isPresent() && !hasContainers) {
            return Optional.of("image " + image.get() + " cannot be run: there is no container engine on this machine");
        }
        if (image.isPresent()) {
            return hasOwnNetwork()
                    ? Optional.of("image " + image.get()
                            + " wants a network of its own: containers have the network of this machine here")
                    : Optional.empty();
        }
        if (container != null && !container.path("volumes").isEmpty()) {
            return Optional.of("its volumes cannot be mounted: instances are plain processes");
        }
        JsonNode user = echoed.get("user");
        if (user != null && !user.asString("").equals(System.getProperty("user.name"))) {
            return Optional.of("instances run as " + System.getProperty("user.name") + ", not as " + user.asString(""));
        }
        return Optional.empty();
    }

    private boolean hasOwnNetwork() {
        JsonNode container = echoed.getOrDefault("container", MissingNode.getInstance());
        JsonNode docker = container.path("docker");
        JsonNode networks = echoed.getOrDefault("networks", MissingNode.getInstance());
        String mode = networks.path(0).path("mode").asString("host");
        String network = docker.path("network").asString("HOST");
        return !container.path("portMappings").isEmpty()
                || !docker.path("portMappings").isEmpty()
                || !mode.equals("host")
                || !network.equals("HOST");
    }

    /** The same desired state with another number of instances. */
    public AppDefinition withInstances(int count) {
        return new AppDefinition(
                id,
                cmd,
                args,
                cpus,
                mem,
                disk,
                count,
                env,
                labels,
                dependencies,
                fetch,
                backoff,
                backoffFactor,
                maxLaunchDelay,
                taskKillGracePeriod,
                killSelection,
                portDefinitions,
                requirePorts,
                healthChecks,
                readinessCheck,
                upgradeStrategy,
                echoed);
    }

    /** The same desired state with other ports. */
    public AppDefinition withPortDefinitions(List<PortDefinition> ports) {
        return new AppDefinition(
                id,
                cmd,
                args,
                cpus,
                mem,
                disk,
                instances,
                env,
                labels,
                dependencies,
                fetch,
                backoff,
                backoffFactor,
                maxLaunchDelay,
                taskKillGracePeriod,
                killSelection,
                ports,
                requirePorts,
                healthChecks,
                readinessCheck,
                upgradeStrategy,
                echoed);
    }

    /** Whether the two differ in nothing but the number of instances, so that no instance needs to be restarted. */
    public boolean sameConfigurationAs(AppDefinition other) {
        return withInstances(0).equals(other.withInstances(0));
    }
}
