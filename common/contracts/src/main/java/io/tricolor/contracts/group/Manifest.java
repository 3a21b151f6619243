package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster runs, fully pinned.
 *
 * @param version what people call this release, for example {@code 2.4.1}; shown, and given to instances as
 *     {@code TRICOLOR_VERSION}
 * @param services at least one, names unique
 * @param schema of the application's stored data; null: it does not say
 * @param orchestrator on which it runs, {@code marathon} or {@code kubernetes}; null: on the standard one of the suite
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
        String version,
        List<ServiceManifest> services,
        @Nullable DataSchema schema,
        @Nullable String orchestrator) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public Manifest {
        services = services == null ? List.of() : List.copyOf(services);
    }

    /** One that says nothing about its data. */
    public Manifest(String version, List<ServiceManifest> services) {
        this(version, services, null);
    }

    /** One for the standard orchestrator. */
    public Manifest(String version, List<ServiceManifest> services, @Nullable DataSchema schema) {
        this(version, services, schema, null);
    }
}
