package io.tricolor.nginxtemplate;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** The healthy instances of services, by cluster. A service that nobody has asked the registry for is missing. */
record Endpoints(Map<ServiceKey, SortedMap<String, List<Instance>>> services) {

    /** A service of a group; the registry knows it as {@code <group>-<service>}. */
    record ServiceKey(String group, String service) {
        String registryName() {
            return group + "-" + service;
        }
    }

    /** One instance; the address is a literal or a host name, checked where it came in. */
    record Instance(String id, String address, int port) {
        String hostAndPort() {
            return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
        }
    }

    List<Instance> of(String group, String service, String cluster) {
        SortedMap<String, List<Instance>> clusters = services.get(new ServiceKey(group, service));
        return clusters == null ? List.of() : clusters.getOrDefault(cluster, List.of());
    }
}
