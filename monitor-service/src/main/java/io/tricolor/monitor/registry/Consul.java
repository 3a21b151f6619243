package io.tricolor.monitor.registry;

import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.registry.ConsulCalls;
import io.tricolor.kit.registry.ConsulProperties;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads the registry. Blocking. */
@Component
public class Consul implements AutoCloseable {

    /** Consul registers itself; what it is, others know. */
    private static final Set<String> OWN_SERVICES = Set.of("consul");

    private static final long MAX_BYTES = 8L << 20;

    private final ConsulCalls calls;

    Consul(ConsulProperties properties) {
        this.calls = new ConsulCalls(properties, MAX_BYTES);
    }

    /**
     * Everything that is registered. Throws when any part of it could not be read: half an answer would look like
     * removals.
     */
    public List<Registration> registrations() throws IOException, InterruptedException {
        List<Registration> registrations = new ArrayList<>();
        for (String service : read("/v1/catalog/services").propertyNames()) {
            if (!OWN_SERVICES.contains(service)) {
                String name = URLEncoder.encode(service, StandardCharsets.UTF_8).replace("+", "%20");
                for (JsonNode entry : read("/v1/health/service/" + name).values()) {
                    registrations.add(registration(entry));
                }
            }
        }
        return List.copyOf(registrations);
    }

    private static Registration registration(JsonNode entry) {
        JsonNode service = entry.path("Service");
        String own = service.path("Address").asString("");
        Map<String, String> meta = new LinkedHashMap<>();
        service.path("Meta")
                .properties()
                .forEach(item -> meta.put(item.getKey(), item.getValue().asString("")));
        String worst = "passing";
        for (JsonNode check : entry.path("Checks").values()) {
            worst = worse(worst, check.path("Status").asString("critical"));
        }
        return new Registration(
                service.path("Service").asString(""),
                service.path("ID").asString(""),
                own.isEmpty() ? entry.path("Node").path("Address").asString("") : own,
                service.path("Port").asInt(0),
                meta,
                worst.equals("passing"),
                worst);
    }

    private static String worse(String one, String other) {
        return rank(one) >= rank(other) ? one : other;
    }

    private static int rank(String status) {
        return switch (status) {
            case "passing" -> 0;
            case "warning" -> 1;
            default -> 2;
        };
    }

    private JsonNode read(String path) throws IOException, InterruptedException {
        HttpAnswer answer = calls.send(calls.request(path).GET().build());
        if (!answer.isOk()) {
            throw new IOException("Consul answered " + answer.status() + " to " + path);
        }
        try {
            return ContractsJson.mapper().readTree(answer.text());
        } catch (JacksonException e) {
            throw new IOException("Consul did not answer JSON to " + path, e);
        }
    }

    @Override
    public void close() {
        calls.close();
    }
}
