package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How one service of a cluster runs. An instance finds its port in the environment variable {@code PORT}.
 *
 * @param name lower-case letters, digits, dashes; unique in the manifest
 * @param artifact the pinned program
 * @param args argument vector, started without a shell; the file artifact lies in the working directory
 * @param env environment variables; never secrets: a manifest is an event and is kept for ever
 * @param secretEnv environment variables whose values are secrets, by the names of these; not written when empty, as in
 *     what was written before there were any
 * @param instances from 1; null: as many as the cluster that serves now has
 * @param cpus share of processors for one instance, above 0
 * @param memoryMiB for one instance, above 0
 * @param healthCheck how an instance proves that it can serve
 * @param configRevision revision in the configuration center; null: none bound
 * @param scriptRevision full commit id of its scripts; null: none bound
 * @param dependsOn services of the manifest that are healthy before it is started; not written when empty
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ServiceManifest(
        String name,
        Artifact artifact,
        List<String> args,
        SortedMap<String, String> env,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, SecretRef> secretEnv,
        @Nullable Integer instances,
        double cpus,
        int memoryMiB,
        HealthCheck healthCheck,
        @Nullable String configRevision,
        @Nullable String scriptRevision,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> dependsOn) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public ServiceManifest {
        args = args == null ? List.of() : List.copyOf(args);
        env = env == null ? new TreeMap<>(Map.of()) : new TreeMap<>(env);
        secretEnv = secretEnv == null ? new TreeMap<>(Map.of()) : new TreeMap<>(secretEnv);
        healthCheck = healthCheck == null ? HealthCheck.standard() : healthCheck;
        cpus = cpus == 0 ? 0.1 : cpus;
        memoryMiB = memoryMiB == 0 ? 128 : memoryMiB;
        dependsOn = dependsOn == null ? List.of() : List.copyOf(dependsOn);
    }

    /** One that is started together with the others. */
    public ServiceManifest(
            String name,
            Artifact artifact,
            List<String> args,
            SortedMap<String, String> env,
            SortedMap<String, SecretRef> secretEnv,
            @Nullable Integer instances,
            double cpus,
            int memoryMiB,
            HealthCheck healthCheck,
            @Nullable String configRevision,
            @Nullable String scriptRevision) {
        this(
                name,
                artifact,
                args,
                env,
                secretEnv,
                instances,
                cpus,
                memoryMiB,
                healthCheck,
                configRevision,
                scriptRevision,
                List.of());
    }

    /** Without secrets. */
    public ServiceManifest(
            String name,
            Artifact artifact,
            List<String> args,
            SortedMap<String, String> env,
            @Nullable Integer instances,
            double cpus,
            int memoryMiB,
            HealthCheck healthCheck,
            @Nullable String configRevision,
            @Nullable String scriptRevision) {
        this(
                name,
                artifact,
                args,
                env,
                new TreeMap<>(),
                instances,
                cpus,
                memoryMiB,
                healthCheck,
                configRevision,
                scriptRevision);
    }
}
