package io.tricolor.deploy.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * fabric8's server in memory, and what it lacks of a real one: server-side apply, roles, a pod that is being deleted
 * until its processes have ended, and logs.
 *
 * <p>Server-side apply knows one manager: what was applied before and is not any more goes, what others wrote besides
 * stays, and lists are taken as a whole. A negative quantity is refused, as the validation of the real one does.
 */
final class ApiServer extends KubernetesCrudDispatcher {

    private final String namespace;
    private final String agent;
    private final Set<String> granted;
    private final Runnable changed;
    private final BiFunction<String, Boolean, Optional<byte[]>> logs;
    private final Set<String> used = new TreeSet<>();
    private final Map<String, JsonNode> applied = new HashMap<>();
    private volatile int failing;

    /**
     * A new one.
     *
     * @param agent user agent of the client to which the role is held
     * @param granted what that role grants
     * @param changed called when something was written
     * @param logs of a pod by its name, of the run of its container before this one if true
     */
    ApiServer(
            String namespace,
            String agent,
            Set<String> granted,
            Runnable changed,
            BiFunction<String, Boolean, Optional<byte[]>> logs) {
        this.namespace = namespace;
        this.agent = agent;
        this.granted = granted;
        this.changed = changed;
        this.logs = logs;
    }

    /** What the client under test has done so far. */
    synchronized Set<String> used() {
        return Set.copyOf(used);
    }

    /** Answers everything with this status from now on; 0: as it should. */
    void fail(int status) {
        failing = status;
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
        if (failing != 0) {
            return status(failing, "InternalError", "as the test wants it");
        }
        synchronized (this) {
            String path = plain(request.getPath());
            if (agent.equals(request.getHeader("User-Agent"))) {
                List<String> needed =
                        Rights.needed(request.getMethod(), request.getPath(), findResource(getKey(path)) != null);
                used.addAll(needed);
                if (!granted.containsAll(needed)) {
                    return status(403, "Forbidden", "the role does not grant " + needed);
                }
            }
            MockResponse response;
            if (request.method() == HttpMethod.GET && path.endsWith("/log")) {
                response = log(path, request.getPath());
            } else if (request.method() == HttpMethod.PATCH
                    && String.valueOf(request.getHeader("Content-Type")).contains("apply-patch")) {
                response = apply(path, request);
            } else if (request.method() == HttpMethod.DELETE && path.contains("/pods/")) {
                response = terminate(path);
            } else {
                response = super.dispatch(request);
            }
            if (request.method() != HttpMethod.GET) {
                changed.run();
            }
            return response;
        }
    }

    /**
     * Watches as the mock has them, with two faults taken out: what is there is sent while nothing is written, and the
     * end of a watch does not hold the thread that its last events have to be sent by.
     */
    @Override
    public MockResponse handleWatch(String path) {
        MockResponse answer = super.handleWatch(path);
        WebSocketListener watch = answer.getWebSocketListener();
        return watch == null
                ? answer
                : new MockResponse().withWebSocketUpgrade(new WebSocketListener() {
                    @Override
                    public void onOpen(WebSocket socket, Response response) {
                        synchronized (ApiServer.this) {
                            watch.onOpen(socket, response);
                        }
                    }

                    @Override
                    public void onMessage(WebSocket socket, String text) {
                        watch.onMessage(socket, text);
                    }

                    @Override
                    public void onMessage(WebSocket socket, byte[] bytes) {
                        watch.onMessage(socket, bytes);
                    }

                    @Override
                    public void onClosing(WebSocket socket, int code, String reason) {
                        aside(() -> watch.onClosing(socket, code, reason));
                    }

                    @Override
                    public void onClosed(WebSocket socket, int code, String reason) {
                        aside(() -> watch.onClosed(socket, code, reason));
                    }

                    @Override
                    public void onFailure(WebSocket socket, Throwable failure, Response response) {
                        aside(() -> watch.onFailure(socket, failure, response));
                    }
                });
    }

    private static void aside(Runnable end) {
        Thread.ofVirtual().name("end-of-watch").start(end);
    }

    private MockResponse apply(String path, RecordedRequest request) {
        ObjectNode desired = (ObjectNode) tree(request.getUtf8Body());
        for (JsonNode quantity : desired.findValues("requests")) {
            for (JsonNode value : quantity) {
                if (value.asText().startsWith("-")) {
                    return status(422, "Invalid", "requests: Invalid value: must be greater than or equal to 0");
                }
            }
        }
        Map.Entry<AttributeSet, String> present = findResource(getKey(path));
        JsonNode before = applied.put(path, desired.deepCopy());
        if (present == null) {
            String collection = path.substring(0, path.lastIndexOf('/'));
            return super.handleCreate(request(HttpMethod.POST, collection, desired, request));
        }
        ObjectNode live = (ObjectNode) tree(present.getValue());
        merge(live, before == null ? live.objectNode() : before, desired);
        return live.equals(tree(present.getValue()))
                ? new MockResponse().setResponseCode(200).setBody(present.getValue())
                : super.handleUpdate(request(HttpMethod.PUT, path, live, request));
    }

    private static void merge(ObjectNode live, JsonNode before, ObjectNode desired) {
        before.fieldNames().forEachRemaining(name -> {
            if (!desired.has(name)) {
                live.remove(name);
            }
        });
        desired.fields().forEachRemaining(field -> {
            if (field.getValue() instanceof ObjectNode inner && live.get(field.getKey()) instanceof ObjectNode old) {
                merge(old, before.path(field.getKey()), inner);
            } else {
                live.set(field.getKey(), field.getValue());
            }
        });
    }

    private static RecordedRequest request(HttpMethod method, String path, JsonNode body, RecordedRequest like) {
        return new RecordedRequest(
                "HTTP/1.1", method, path, like.getHeaders(), new Buffer().writeUtf8(body.toString()));
    }

    private MockResponse terminate(String path) {
        Map.Entry<AttributeSet, String> present = findResource(getKey(path));
        if (present == null) {
            return status(404, "NotFound", path);
        }
        ObjectNode pod = (ObjectNode) tree(present.getValue());
        ObjectNode metadata = (ObjectNode) pod.path("metadata");
        if (!metadata.has("deletionTimestamp")) {
            metadata.put(
                    "deletionTimestamp",
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
            write(path, present.getKey(), pod);
        }
        return new MockResponse().setResponseCode(200).setBody(pod.toString());
    }

    private MockResponse log(String path, String query) {
        String pod = path.substring(path.indexOf("/pods/") + 6, path.length() - 4);
        return logs.apply(pod, query.contains("previous=true"))
                .map(content -> new MockResponse()
                        .setResponseCode(200)
                        .setBody(query.contains("timestamps=true") ? timed(content, since(query)) : content))
                .orElseGet(() -> status(400, "BadRequest", "container \"main\" in pod \"" + pod + "\" is waiting"));
    }

    private static Instant since(String query) {
        Matcher since = Pattern.compile("sinceTime=([^&]+)").matcher(query);
        return since.find() ? Instant.parse(URLDecoder.decode(since.group(1), StandardCharsets.UTF_8)) : Instant.MIN;
    }

    /** Three lines a second, each always with the same time. */
    private static byte[] timed(byte[] log, Instant since) {
        ByteArrayOutputStream timed = new ByteArrayOutputStream();
        Instant time = Instant.parse("2026-01-15T12:00:00.100000001Z");
        int begin = 0;
        for (int i = 0; i < log.length; i++) {
            if (log[i] == '\n' || i == log.length - 1) {
                if (!time.isBefore(since)) {
                    timed.writeBytes((time + " ").getBytes(StandardCharsets.US_ASCII));
                    timed.write(log, begin, i + 1 - begin);
                }
                begin = i + 1;
                time = time.plusMillis(333);
            }
        }
        return timed.toByteArray();
    }

    /** Everything of a kind. */
    synchronized <T extends HasMetadata> List<T> all(Class<T> kind) {
        String name = HasMetadata.getKind(kind);
        List<T> found = new ArrayList<>();
        for (String text : map.values()) {
            if (tree(text).path("kind").asText().equals(name)) {
                found.add(Serialization.unmarshal(text, kind));
            }
        }
        return found;
    }

    /** Creates something, as a controller does. */
    synchronized void create(HasMetadata object) {
        MockResponse response = super.handleCreate(request(
                HttpMethod.POST,
                collection(object),
                tree(Serialization.asJson(object)),
                new RecordedRequest(
                        "HTTP/1.1",
                        HttpMethod.POST,
                        "/",
                        io.fabric8.mockwebserver.http.Headers.builder().build(),
                        new Buffer())));
        if (response.code() >= 300) {
            throw new IllegalStateException(response.getBody().readUtf8());
        }
        changed.run();
    }

    /** Writes a status, if the object is still there. */
    synchronized void status(HasMetadata object, Object status) {
        String path = collection(object) + "/" + object.getMetadata().getName();
        Map.Entry<AttributeSet, String> present = findResource(getKey(path));
        if (present == null) {
            return;
        }
        ObjectNode live = (ObjectNode) tree(present.getValue());
        JsonNode now = tree(Serialization.asJson(status));
        if (!now.equals(live.path("status"))) {
            live.set("status", now);
            write(path, present.getKey(), live);
        }
    }

    /** Deletes a pod: at first it is only marked. */
    synchronized void terminate(HasMetadata pod) {
        terminate(collection(pod) + "/" + pod.getMetadata().getName());
        changed.run();
    }

    /** Takes a pod out whose processes have ended. */
    synchronized void remove(HasMetadata pod) {
        super.handleDelete(collection(pod) + "/" + pod.getMetadata().getName());
        changed.run();
    }

    private void write(String path, AttributeSet key, ObjectNode object) {
        ((ObjectNode) object.path("metadata")).put("resourceVersion", String.valueOf(requestResourceVersion()));
        String text = object.toString();
        processEvent(path, getKey(path), key, Serialization.unmarshal(text, GenericKubernetesResource.class), text);
        changed.run();
    }

    private String collection(HasMetadata object) {
        String version = object.getApiVersion();
        return (version.contains("/") ? "/apis/" : "/api/") + version + "/namespaces/" + namespace + "/"
                + object.getPlural();
    }

    private static String plain(String pathAndQuery) {
        int mark = pathAndQuery.indexOf('?');
        return mark < 0 ? pathAndQuery : pathAndQuery.substring(0, mark);
    }

    private static JsonNode tree(String json) {
        try {
            return Serialization.jsonMapper().readTree(json);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    private static MockResponse status(int code, String reason, String message) {
        return new MockResponse()
                .setResponseCode(code)
                .setBody(Serialization.asJson(new StatusBuilder()
                        .withStatus("Failure")
                        .withCode(code)
                        .withReason(reason)
                        .withMessage(message)
                        .build()));
    }
}
