package io.tricolor.deploy.registry;

import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.registry.ConsulCalls;
import io.tricolor.kit.registry.ConsulProperties;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Instances in Consul, as services {@code <group>-<service>} with group, cluster, service and version in their meta
 * data, and an HTTP
 * check of Consul's own.
 */
@Component
class ConsulRegistry implements InstanceRegistry {

    private static final String GROUP = "tricolor-group";
    private static final String CLUSTER = "tricolor-cluster";
    private static final String SERVICE = "tricolor-service";
    private static final String VERSION = "tricolor-version";
    private static final String HEALTH_PATH = "tricolor-health-path";
    private static final String METRICS_PATH = "tricolor-metrics-path";

    private static final long MAX_BYTES = 64L << 20;

    private final ConsulCalls consul;
    private final JsonMapper json = new JsonMapper();

    ConsulRegistry(ConsulProperties consul) {
        this.consul = new ConsulCalls(consul, MAX_BYTES);
    }

    @Override
    public Map<String, Registration> registered() throws Unavailable {
        Map<String, Registration> all = new HashMap<>();
        try {
            JsonNode services = json.readTree(send("/v1/agent/services", "GET", null));
            if (!services.isObject()) {
                throw new Unavailable("Consul answered without a list of services");
            }
            for (JsonNode service : services) {
                JsonNode meta = service.path("Meta");
                if (meta.has(GROUP)) {
                    String id = service.path("ID").asString("");
                    all.put(
                            id,
                            new Registration(
                                    id,
                                    meta.path(GROUP).asString(""),
                                    meta.path(CLUSTER).asString(""),
                                    meta.path(SERVICE).asString(""),
                                    meta.path(VERSION).asString(""),
                                    service.path("Address").asString(""),
                                    service.path("Port").asInt(0),
                                    meta.path(HEALTH_PATH).asString(""),
                                    meta.path(METRICS_PATH).asString("")));
                }
            }
        } catch (JacksonException e) {
            throw new Unavailable("Consul answered with something that is not JSON");
        }
        return all;
    }

    @Override
    public void register(Registration r) throws Unavailable {
        Map<String, Object> check = new LinkedHashMap<>();
        check.put("CheckID", "service:" + r.instanceId());
        check.put("HTTP", "http://" + r.host() + ":" + r.port() + r.healthPath());
        check.put("Interval", "1s");
        check.put("Timeout", "5s");
        check.put("Status", "passing");
        Map<String, Object> service = new LinkedHashMap<>();
        service.put("ID", r.instanceId());
        service.put("Name", r.group() + "-" + r.service());
        service.put("Address", r.host());
        service.put("Port", r.port());
        Map<String, String> meta = new LinkedHashMap<>();
        meta.put(GROUP, r.group());
        meta.put(CLUSTER, r.cluster());
        meta.put(SERVICE, r.service());
        meta.put(VERSION, r.version());
        meta.put(HEALTH_PATH, r.healthPath());
        if (!r.metricsPath().isEmpty()) {
            meta.put(METRICS_PATH, r.metricsPath());
        }
        service.put("Meta", meta);
        service.put("Check", check);
        send("/v1/agent/service/register", "PUT", json.writeValueAsString(service));
    }

    @Override
    public void deregister(String instanceId) throws Unavailable {
        String id = URLEncoder.encode(instanceId, StandardCharsets.UTF_8);
        HttpAnswer answer = call("/v1/agent/service/deregister/" + id, "PUT", "");
        if (answer.status() != 200 && answer.status() != 404) {
            throw new Unavailable("Consul answered " + answer.status() + " to a deregistration");
        }
    }

    private String send(String path, String method, @Nullable String body) throws Unavailable {
        HttpAnswer answer = call(path, method, body);
        if (answer.status() != 200) {
            throw new Unavailable("Consul answered " + answer.status() + " to " + method + " " + path);
        }
        return answer.text();
    }

    private HttpAnswer call(String path, String method, @Nullable String body) throws Unavailable {
        HttpRequest request = consul.request(path)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return consul.send(request);
        } catch (IOException e) {
            throw new Unavailable("Consul cannot be reached: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted while Consul was asked");
        }
    }
}
