package io.tricolor.nginxtemplate;

import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.ServiceKey;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The healthy instances of services, by cluster, their addresses checked where they came in. A service that nobody has
 * asked the registry for is missing.
 */
record Endpoints(Map<ServiceKey, SortedMap<String, List<Instance>>> services) {

    List<Instance> of(String group, String service, String cluster) {
        SortedMap<String, List<Instance>> clusters = services.get(new ServiceKey(group, service));
        return clusters == null ? List.of() : clusters.getOrDefault(cluster, List.of());
    }
}
