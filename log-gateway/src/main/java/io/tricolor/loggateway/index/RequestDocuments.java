package io.tricolor.loggateway.index;

import io.tricolor.loggateway.elastic.DataStreams;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Lines of the request log: kept as they are, under the id of their event. */
final class RequestDocuments implements Documents {

    /** Elasticsearch's limit of a document's id. */
    static final int LONGEST_ID_BYTES = 512;

    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public @Nullable Entry of(ConsumerRecord<String, byte[]> received) throws Unindexable {
        if (received.value() == null) {
            return null;
        }
        JsonNode line;
        try {
            line = JSON.readTree(received.value());
        } catch (JacksonException e) {
            throw new Unindexable("the value is not JSON: " + e.getOriginalMessage(), e);
        }
        String id = line.path("event").path("id").asString("");
        if (!line.isObject() || id.isEmpty() || id.getBytes(StandardCharsets.UTF_8).length > LONGEST_ID_BYTES) {
            throw new Unindexable("the value has no event.id of at most " + LONGEST_ID_BYTES + " bytes");
        }
        return new Entry(DataStreams.REQUESTS, id, received.value(), received);
    }
}
