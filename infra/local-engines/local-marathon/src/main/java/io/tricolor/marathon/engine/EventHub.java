package io.tricolor.marathon.engine;

import io.tricolor.localhttp.EventSink;
import io.tricolor.marathon.app.App;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends events to whoever listens. Nobody's slowness holds the engine: who cannot keep up loses the stream.
 * Thread-safe.
 */
public final class EventHub {

    private final JsonMapper json;
    private final Map<EventSink, Set<String>> listeners = new ConcurrentHashMap<>();

    /** A hub without listeners. */
    public EventHub(JsonMapper json) {
        this.json = json;
    }

    /** Sends from now on events of these types, of all types when there are none. */
    public void subscribe(EventSink sink, Set<String> types, String remoteAddress) {
        listeners.put(sink, types);
        sink.onClose(() -> {
            listeners.remove(sink);
            publish("event_stream_detached", json.createObjectNode().put("remoteAddress", remoteAddress));
        });
        publish("event_stream_attached", json.createObjectNode().put("remoteAddress", remoteAddress));
    }

    /** Tells that somebody has changed an app by the API. */
    public void apiPost(String clientIp, String uri, JsonNode appDefinition) {
        ObjectNode event = json.createObjectNode().put("clientIp", clientIp).put("uri", uri);
        event.set("appDefinition", appDefinition);
        publish("api_post_event", event);
    }

    /** Number of listeners. */
    public int listeners() {
        return listeners.size();
    }

    void publish(String type, ObjectNode body) {
        if (listeners.isEmpty()) {
            return;
        }
        body.put("eventType", type).put("timestamp", App.timestamp(Instant.now()));
        String text = json.writeValueAsString(body);
        listeners.forEach((sink, types) -> {
            if (types.isEmpty() || types.contains(type)) {
                sink.send(type, null, text);
            }
        });
    }
}
