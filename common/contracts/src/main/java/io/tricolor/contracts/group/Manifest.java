package io.tricolor.contracts.group;

import java.util.List;

/**
 * What a cluster runs, fully pinned.
 *
 * @param version what people call this release, for example {@code 2.4.1}; shown, and given to instances as
 *     {@code TRICOLOR_VERSION}
 * @param services at least one, names unique
 */
public record Manifest(String version, List<ServiceManifest> services) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public Manifest {
        services = services == null ? List.of() : List.copyOf(services);
    }
}
