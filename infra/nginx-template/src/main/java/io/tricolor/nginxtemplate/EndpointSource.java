package io.tricolor.nginxtemplate;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tricolor.nginxtemplate.Endpoints.Instance;
import io.tricolor.nginxtemplate.Endpoints.ServiceKey;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Where instances come from. */
interface EndpointSource {

    /** What may stand behind {@code server}: a literal address or a host name, nothing that ends the directive. */
    Pattern ADDRESS = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}");

    /**
     * The healthy instances of a service by cluster, in a stable order. An empty answer is an answer.
     *
     * @throws IOException when there is no answer, or none that can be trusted; what is known stays
     */
    SortedMap<String, List<Instance>> instances(ServiceKey service) throws IOException, InterruptedException;

    private static void add(SortedMap<String, List<Instance>> all, String cluster, Instance instance)
            throws IOException {
        if (!ADDRESS.matcher(instance.address()).matches() || instance.port() < 1 || instance.port() > 65_535) {
            throw new IOException("instance " + NginxText.comment(instance.id()) + " has the address '"
                    + NginxText.comment(instance.address()) + "', port " + instance.port());
        }
        all.computeIfAbsent(cluster, c -> new ArrayList<>()).add(instance);
    }

    private static SortedMap<String, List<Instance>> sorted(SortedMap<String, List<Instance>> all) {
        all.values().forEach(list -> list.sort(Comparator.comparing(Instance::id)));
        return all;
    }

    /** Asks Consul for what passes its checks; whose an instance is stands in its metadata, as the gateway reads it. */
    final class Consul implements EndpointSource {

        private final Peer consul;

        Consul(Peer consul) {
            this.consul = consul;
        }

        record ServiceEntry(
                @JsonProperty("Node") @Nullable Node node,
                @JsonProperty("Service") Service service) {}

        record Node(@JsonProperty("Address") @Nullable String address) {}

        record Service(
                @JsonProperty("ID") String id,
                @JsonProperty("Address") @Nullable String address,
                @JsonProperty("Port") int port,
                @JsonProperty("Meta") @Nullable Map<String, String> meta) {}

        @Override
        public SortedMap<String, List<Instance>> instances(ServiceKey key) throws IOException, InterruptedException {
            HttpResponse<String> answer = consul.get(
                    "/v1/health/service/" + URLEncoder.encode(key.registryName(), StandardCharsets.UTF_8) + "?passing");
            if (answer.statusCode() != 200) {
                throw new IOException("Consul answered " + answer.statusCode() + " for " + key.registryName());
            }
            if (answer.headers()
                    .firstValue("X-Consul-KnownLeader")
                    .orElse("true")
                    .equals("false")) {
                throw new IOException("Consul has no leader");
            }
            SortedMap<String, List<Instance>> all = new TreeMap<>();
            for (ServiceEntry entry : entries(answer.body())) {
                Service service = entry.service();
                Map<String, String> meta = service.meta() == null ? Map.of() : service.meta();
                String cluster = meta.get("tricolor-cluster");
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
                    add(all, cluster, new Instance(service.id(), address, service.port()));
                }
            }
            return sorted(all);
        }

        private static ServiceEntry[] entries(String body) throws IOException {
            try {
                return Json.LENIENT.readValue(body, ServiceEntry[].class);
            } catch (JacksonException e) {
                throw new IOException("Consul sent no list of instances: " + e.getOriginalMessage(), e);
            }
        }
    }

    /** Reads a JSON file: a list of {@code {group, service, cluster, id, address, port}}. */
    final class InFile implements EndpointSource {

        private final Path file;

        InFile(Path file) {
            this.file = file;
        }

        record Line(String group, String service, String cluster, String id, String address, int port) {}

        @Override
        public SortedMap<String, List<Instance>> instances(ServiceKey key) throws IOException {
            SortedMap<String, List<Instance>> all = new TreeMap<>();
            try {
                for (Line line : Json.STRICT.readValue(Files.readString(file), Line[].class)) {
                    if (line.group().equals(key.group()) && line.service().equals(key.service())) {
                        add(all, line.cluster(), new Instance(line.id(), line.address(), line.port()));
                    }
                }
            } catch (JacksonException e) {
                throw new IOException(file + " is no list of instances: " + e.getOriginalMessage(), e);
            }
            return sorted(all);
        }
    }
}
