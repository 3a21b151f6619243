package io.tricolor.nginxtemplate;

import io.tricolor.router.sources.ConsulHealth;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.sources.ServiceKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
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

    private static void check(Instance instance) throws IOException {
        if (!ADDRESS.matcher(instance.address()).matches() || instance.port() < 1 || instance.port() > 65_535) {
            throw new IOException("instance " + NginxText.comment(instance.id()) + " has the address '"
                    + NginxText.comment(instance.address()) + "', port " + instance.port());
        }
    }

    private static SortedMap<String, List<Instance>> sorted(SortedMap<String, List<Instance>> all) {
        all.values().forEach(list -> list.sort(Comparator.comparing(Instance::id)));
        return all;
    }

    /** Asks Consul for what passes its checks; whose an instance is stands in its metadata. */
    final class Consul implements EndpointSource {

        private final Peer consul;

        Consul(Peer consul) {
            this.consul = consul;
        }

        @Override
        public SortedMap<String, List<Instance>> instances(ServiceKey key) throws IOException, InterruptedException {
            SortedMap<String, List<Instance>> all =
                    ConsulHealth.instances(key, consul.get(ConsulHealth.path(key), TableSource.PATIENCE));
            for (List<Instance> instances : all.values()) {
                for (Instance instance : instances) {
                    check(instance);
                }
            }
            return sorted(all);
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
                        Instance instance = new Instance(line.id(), line.address(), line.port());
                        check(instance);
                        all.computeIfAbsent(line.cluster(), c -> new ArrayList<>())
                                .add(instance);
                    }
                }
            } catch (JacksonException e) {
                throw new IOException(file + " is no list of instances: " + e.getOriginalMessage(), e);
            }
            return sorted(all);
        }
    }
}
