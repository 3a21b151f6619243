package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code /v1/txn}: key-value operations, all or none. */
final class TxnApi {
    static final int MAX_OPERATIONS = 64;

    private record Operation(
            String verb, String key, @Nullable String value, long flags, long index, String session) {}

    /** Ends the decision without a change; carries the answer. */
    private static final class Aborted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient List<Map<String, Object>> errors;

        Aborted(List<Map<String, Object>> errors) {
            super(null, null, false, false);
            this.errors = errors;
        }
    }

    private final Engine engine;

    TxnApi(Engine engine) {
        this.engine = engine;
    }

    void addTo(LocalServer.Builder server) {
        server.put("/v1/txn", Queries.guarded(this::txn));
    }

    private Response txn(Request request) throws IOException, InterruptedException {
        JsonNode body = request.json();
        if (!body.isArray()) {
            throw new HttpFailure(400, "Failed to parse body: a list of operations is expected");
        }
        if (body.size() > MAX_OPERATIONS) {
            throw new HttpFailure(
                    413, "Transaction contains too many operations (" + body.size() + " > " + MAX_OPERATIONS + ")");
        }
        List<Operation> operations = new ArrayList<>();
        for (JsonNode node : body.values()) {
            operations.add(operation(node));
        }
        try {
            return answer(200, engine.write(tx -> run(tx, operations)), null);
        } catch (Aborted aborted) {
            return answer(409, null, aborted.errors);
        }
    }

    private static Response answer(
            int status, @Nullable List<Map<String, Object>> results, @Nullable List<Map<String, Object>> errors) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("Results", results);
        answer.put("Errors", errors);
        return Response.json(status, answer);
    }

    private static Operation operation(JsonNode node) {
        Fields outer = new Fields("operation", node);
        JsonNode kv = outer.object("KV")
                .orElseThrow(() -> new HttpFailure(400, "only KV operations are supported by local-consul"));
        outer.refuseOthers();
        Fields fields = new Fields("KV", kv);
        String value = fields.text("Value", "");
        byte[] content;
        try {
            content = Base64.getDecoder().decode(value);
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "KV: Value must be base64");
        }
        if (content.length > KvApi.MAX_VALUE_BYTES) {
            throw new HttpFailure(
                    413,
                    "Value for key \"" + fields.text("Key", "") + "\" is too large (" + content.length + " > "
                            + KvApi.MAX_VALUE_BYTES + " bytes)");
        }
        Operation operation = new Operation(
                fields.text("Verb", ""),
                fields.text("Key", ""),
                KvEntry.encode(content),
                fields.unsigned("Flags"),
                fields.unsigned("Index"),
                fields.text("Session", ""));
        fields.refuseOthers();
        return operation;
    }

    private static List<Map<String, Object>> run(Transaction tx, List<Operation> operations) {
        KeyValues keys = new KeyValues(tx);
        List<Map<String, Object>> results = new ArrayList<>();
        List<Map<String, Object>> errors = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            String failure;
            try {
                failure = run(keys, operations.get(i), results);
            } catch (HttpFailure e) {
                failure = e.reason();
            }
            if (failure != null) {
                errors.add(Map.of("OpIndex", i, "What", failure));
            }
        }
        if (!errors.isEmpty()) {
            throw new Aborted(errors);
        }
        keys.commit();
        return results;
    }

    /** Runs one operation; answers why it fails, or null. */
    private static @Nullable String run(KeyValues keys, Operation op, List<Map<String, Object>> results) {
        String key = op.key();
        String quoted = "key \"" + key + "\"";
        if (key.isEmpty() && !op.verb().endsWith("-tree")) {
            return "missing key name";
        }
        KvEntry now = keys.get(key);
        switch (op.verb()) {
            case "set" -> keys.set(key, op.value(), op.flags());
            case "cas" -> {
                if (!keys.setIf(op.index(), key, op.value(), op.flags())) {
                    return "failed to set " + quoted + ", index is stale";
                }
            }
            case "lock" -> {
                if (!keys.acquire(op.session(), key, op.value(), op.flags())) {
                    return "failed to lock " + quoted + ", lock is already held";
                }
            }
            case "unlock" -> {
                if (!keys.release(op.session(), key, op.value(), op.flags())) {
                    return "failed to unlock " + quoted + ", lock isn't held, or is held by another session";
                }
            }
            case "get" -> {
                if (now == null) {
                    return quoted + " doesn't exist";
                }
                results.add(Map.of("KV", now.view(true)));
            }
            case "get-or-empty" ->
                results.add(Map.of(
                        "KV", now == null ? new KvEntry(key, null, 0, 0, null, 0, 0).view(true) : now.view(true)));
            case "get-tree" -> keys.tree(key).forEach(entry -> results.add(Map.of("KV", entry.view(true))));
            case "check-session" -> {
                if (now == null) {
                    return quoted + " doesn't exist";
                }
                if (!keys.isHeldBy(op.session(), key)) {
                    return "failed session check for " + quoted + ", current session \"" + now.session() + "\" != \""
                            + op.session() + "\"";
                }
                results.add(Map.of("KV", now.view(false)));
            }
            case "check-index" -> {
                if (now == null) {
                    return quoted + " doesn't exist";
                }
                if (now.modifyIndex() != op.index()) {
                    return "failed index check for " + quoted + ", current modify index " + now.modifyIndex() + " != "
                            + op.index();
                }
                results.add(Map.of("KV", now.view(false)));
            }
            case "check-not-exists" -> {
                if (now != null) {
                    return quoted + " exists";
                }
            }
            case "delete" -> keys.delete(key);
            case "delete-tree" -> keys.deleteTree(key);
            case "delete-cas" -> {
                if (!keys.deleteIf(op.index(), key)) {
                    return "failed to delete " + quoted + ", index is stale";
                }
            }
            default -> {
                return "unknown KV verb \"" + op.verb() + "\"";
            }
        }
        switch (op.verb()) {
            case "set", "cas", "lock", "unlock" -> {
                KvEntry after = keys.get(key);
                if (after != null) {
                    results.add(Map.of("KV", after.view(false)));
                }
            }
            default -> {}
        }
        return null;
    }
}
