package io.tricolor.router.sources;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** What Consul says of the instances of a service. Whose an instance is stands in its metadata. */
public final class ConsulHealth {

    private ConsulHealth() {}

    record ServiceEntry(
            @JsonProperty("Node") @Nullable Node node,
            @JsonProperty("Service") Service service) {}

    record Node(@JsonProperty("Address") @Nullable String address) {}

    record Service(
            @JsonProperty("ID") String id,
            @JsonProperty("Address") @Nullable String address,
            @JsonProperty("Port") int port,
            @JsonProperty("Meta") @Nullable Map<String, String> meta) {}

    /** Where Consul is asked for the instances of a service that pass their checks; {@code &index=} may follow. */
    public static String path(ServiceKey service) {
        return registered(service) + "?passing";
    }

    /** Where Consul is asked for all instances of a service, whatever their checks say. */
    public static String registered(ServiceKey service) {
        return "/v1/health/service/" + URLEncoder.encode(service.registryName(), StandardCharsets.UTF_8);
    }

    /**
     * The instances in an answer by cluster, in its order. An empty answer is an answer.
     *
     * @throws IOException when the answer cannot be trusted; what is known stays
     */
    public static SortedMap<String, List<Instance>> instances(ServiceKey key, HttpResponse<String> answer)
            throws IOException {
        FilteredAnswer.refuse(answer);
        if (answer.statusCode() != 200) {
            throw new IOException("Consul answered " + answer.statusCode() + " for " + key.registryName());
        }
        if (answer.headers().firstValue("X-Consul-KnownLeader").orElse("true").equals("false")) {
            throw new IOException("Consul has no leader");
        }
        SortedMap<String, List<Instance>> instances = new TreeMap<>();
        for (ServiceEntry entry : entries(answer.body())) {
            Service service = entry.service();
            Map<String, String> meta = service.meta() == null ? Map.of() : service.meta();
            String cluster = meta.get("tricolor-cluster");
            // Names are joined by a dash, which both may hold: the registry's name alone does not tell whose instance
            // it is.
            if (cluster == null
                    || !meta.getOrDefault("tricolor-group", key.group()).equals(key.group())
                    || !meta.getOrDefault("tricolor-service", key.service()).equals(key.service())) {
                continue;
            }
            String address = service.address();
            if (address == null || address.isEmpty()) {
                address = entry.node() == null ? null : entry.node().address();
            }
            if (address != null && service.port() > 0) {
                instances
                        .computeIfAbsent(cluster, c -> new ArrayList<>())
                        .add(new Instance(service.id(), address, service.port()));
            }
        }
        return instances;
    }

    private static ServiceEntry[] entries(String body) throws IOException {
        try {
            return Json.LENIENT.readValue(body, ServiceEntry[].class);
        } catch (JacksonException e) {
            throw new IOException("Consul sent no list of instances: " + e.getOriginalMessage(), e);
        }
    }
}
