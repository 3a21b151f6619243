package io.tricolor.config.kv;

import io.prometheus.client.Counter;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.registry.ConsulCalls;
import io.tricolor.kit.registry.ConsulProperties;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.web.util.UriUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The copy of the current configuration in a Consul. What is missing or differs is written; a key is removed only if
 * this copy has written it, which its flags say. Every write is on the index that was read, so that nobody's change in
 * between is undone unseen: the next round looks again. Blocking.
 */
final class ConsulCopy implements AutoCloseable {

    /** Says in the flags of a key who has written it. */
    static final long OURS = 0x7472_6963L;

    /** Consul takes no larger value. */
    private static final int LARGEST_VALUE = 512 * 1024;

    private static final long MAX_BYTES = 256L << 20;
    private static final int NOT_FOUND = 404;

    private static final Counter WRITES = Counter.build(
                    "tricolor_config_consul_writes_total",
                    "Keys that were written to or removed from the copy in Consul")
            .labelNames("kind")
            .register();

    private final ConsulCalls calls;

    ConsulCopy(ConsulProperties consul) {
        this.calls = new ConsulCalls(consul, MAX_BYTES);
        WRITES.labels("put");
        WRITES.labels("delete");
    }

    /**
     * Makes the copy what it is meant to be; returns how many keys were written or removed. Nothing is done for an
     * empty {@code desired}: that is no configuration to be copied.
     */
    int repair(Map<String, String> desired) throws IOException, InterruptedException {
        if (desired.isEmpty()) {
            return 0;
        }
        Map<String, JsonNode> there = read();
        int written = 0;
        for (Map.Entry<String, String> one : desired.entrySet()) {
            byte[] value = one.getValue().getBytes(StandardCharsets.UTF_8);
            JsonNode copied = there.get(one.getKey());
            boolean same =
                    copied != null && copied.path("Flags").asLong() == OURS && Arrays.equals(value(copied), value);
            if (!same && value.length <= LARGEST_VALUE) {
                long index = copied == null ? 0 : copied.path("ModifyIndex").asLong();
                written += done(
                        calls.send(calls.request(path(one.getKey()) + "?flags=" + OURS + "&cas=" + index)
                                .PUT(BodyPublishers.ofByteArray(value))
                                .build()),
                        one.getKey(),
                        "put");
            }
        }
        for (Map.Entry<String, JsonNode> one : there.entrySet()) {
            if (!desired.containsKey(one.getKey())
                    && one.getValue().path("Flags").asLong() == OURS) {
                written += done(
                        calls.send(calls.request(path(one.getKey()) + "?cas="
                                        + one.getValue().path("ModifyIndex").asLong())
                                .DELETE()
                                .build()),
                        one.getKey(),
                        "delete");
            }
        }
        return written;
    }

    private Map<String, JsonNode> read() throws IOException, InterruptedException {
        HttpAnswer answer = calls.send(
                calls.request("/v1/kv/" + KeyValues.ROOT + "?recurse").GET().build());
        Map<String, JsonNode> there = new TreeMap<>();
        if (answer.status() == NOT_FOUND) {
            return there;
        }
        if (!answer.isOk()) {
            throw new IOException("Consul answered " + answer.status() + " for the copy of the configuration");
        }
        try {
            for (JsonNode entry : ContractsJson.mapper().readTree(answer.body())) {
                there.put(entry.path("Key").asString(""), entry);
            }
        } catch (JacksonException e) {
            throw new IOException("Consul's answer for the copy of the configuration cannot be read", e);
        }
        return there;
    }

    private static byte[] value(JsonNode entry) {
        return Base64.getDecoder().decode(entry.path("Value").asString(""));
    }

    private static String path(String key) {
        return "/v1/kv/" + UriUtils.encodePath(key, StandardCharsets.UTF_8);
    }

    private static int done(HttpAnswer answer, String key, String kind) throws IOException {
        if (!answer.isOk()) {
            throw new IOException("Consul answered " + answer.status() + " to " + key);
        }
        boolean done = answer.text().strip().equals("true");
        if (done) {
            WRITES.labels(kind).inc();
        }
        return done ? 1 : 0;
    }

    @Override
    public void close() {
        calls.close();
    }
}
