package io.tricolor.loggateway.index;

import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.Undecodable;
import io.tricolor.loggateway.elastic.DataStreams;
import io.tricolor.loggateway.redaction.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Events of the services as documents of the audit trail, in the names of ECS. Types that this version does not know
 * are kept as well: what is needed is in the envelope.
 */
final class AuditDocuments implements Documents {

    private static final String ECS_VERSION = "8.17.0";
    private static final String DATASET = "tricolor.audit";

    private static final Pattern TYPE = Pattern.compile("io\\.tricolor\\.(.+)\\.v([0-9]{1,6})");
    private static final Pattern FAILED =
            Pattern.compile("(failed|expired|aborted|aborting|rejected|refused|suppressed)$");
    private static final Pattern TRACE = Pattern.compile("[0-9a-f]{32}");

    /** The events whose position is a member of their own, because they are no facts of an event-sourced stream. */
    private static final String HEALTH_CHANGED = "health.changed";

    private static final String ATTEMPT_REFUSED = "audit.attempt-refused";

    private static final JsonMapper JSON = new JsonMapper();

    private final Redaction redaction = Redaction.ofEvents();

    @Override
    public @Nullable Entry of(ConsumerRecord<String, byte[]> received) throws Unindexable {
        if (received.value() == null) {
            return null;
        }
        Envelope envelope = envelope(received);
        String ceType = CloudEvents.text(received, CloudEvents.TYPE);
        Matcher type = TYPE.matcher(ceType == null ? "" : ceType);
        if (!type.matches()) {
            throw new Unindexable("the record has no header " + CloudEvents.TYPE + " of Tricolor's");
        }
        if (envelope.id().getBytes(StandardCharsets.UTF_8).length > RequestDocuments.LONGEST_ID_BYTES) {
            throw new Unindexable("the id of the event is too long");
        }
        ObjectNode document = document(received, envelope, type.group(1), type.group(2), payload(received));
        return new Entry(DataStreams.AUDIT, envelope.id(), JSON.writeValueAsBytes(document), received);
    }

    private ObjectNode document(
            ConsumerRecord<String, byte[]> received,
            Envelope envelope,
            String type,
            String revision,
            ObjectNode payload)
            throws Unindexable {
        SortedSet<String> redacted = redaction.apply(payload);
        String subject = envelope.subject() != null ? envelope.subject() : received.key();
        String reason = type.equals(ATTEMPT_REFUSED) ? refusal(payload) : text(payload, "reason");
        Set<String> clusters = clusters(payload);

        ObjectNode document = JSON.createObjectNode();
        document.put("@timestamp", envelope.time().toString());
        document.putObject("ecs").put("version", ECS_VERSION);
        document.put("message", message(type, subject, clusters, envelope.actor(), reason));
        ObjectNode event = document.putObject("event");
        event.put("id", envelope.id());
        event.put("kind", "event");
        event.put("dataset", DATASET);
        event.putArray("category").add("configuration");
        event.putArray("type").add("change");
        event.put("action", type);
        event.put("outcome", FAILED.matcher(type).find() ? "failure" : "success");
        Long sequence = envelope.sequence();
        if (sequence != null) {
            event.put("sequence", sequence);
        } else if (type.equals(HEALTH_CHANGED) && payload.path("sequence").canConvertToLong()) {
            event.put("sequence", payload.path("sequence").longValue());
        }
        put(event, "reason", reason);
        String source = envelope.source();
        document.putObject("service").put("name", source.substring(source.lastIndexOf('/') + 1));
        if (envelope.actor() != null) {
            document.putObject("user").put("id", envelope.actor());
        }
        String trace = envelope.traceId();
        if (trace != null && TRACE.matcher(trace).matches()) {
            document.putObject("trace").put("id", trace);
        }

        ObjectNode own = document.putObject("tricolor");
        ObjectNode aggregate = own.putObject("aggregate");
        aggregate.put("type", type.contains(".") ? type.substring(0, type.indexOf('.')) : type);
        put(aggregate, "id", subject);
        put(own.putObject("group"), "id", text(payload, "groupId"));
        ArrayNode names = own.putObject("cluster").putArray("name");
        clusters.forEach(names::add);
        put(own.putObject("upgrade"), "id", text(payload, "upgradeId"));
        put(own, "correlation_id", envelope.correlationId());
        put(own, "causation_id", envelope.causationId());
        own.put("revision", Integer.parseInt(revision));
        Long epoch = epoch(received);
        if (epoch != null) {
            own.put("epoch", epoch);
        }
        own.put("topic", received.topic());
        own.put("partition", received.partition());
        own.put("offset", received.offset());
        if (!redacted.isEmpty()) {
            ArrayNode list = own.putArray("redacted");
            redacted.forEach(list::add);
        }
        own.set("payload", payload);
        return document;
    }

    /** What was asked for and why it was refused, as people search for it. */
    private static String refusal(ObjectNode payload) {
        return payload.path("method").asString("") + " " + payload.path("path").asString("") + ": "
                + payload.path("code").asString("");
    }

    /** The epoch of the event's stream; null for 0, which is not written. */
    private static @Nullable Long epoch(ConsumerRecord<String, byte[]> received) throws Unindexable {
        String text = CloudEvents.text(received, CloudEvents.EPOCH);
        if (text == null) {
            return null;
        }
        try {
            long epoch = Long.parseLong(text);
            return epoch == 0 ? null : (Long) epoch;
        } catch (NumberFormatException e) {
            throw new Unindexable("the header " + CloudEvents.EPOCH + " is no number", e);
        }
    }

    private static Envelope envelope(ConsumerRecord<String, byte[]> received) throws Unindexable {
        try {
            return CloudEvents.envelopeOf(received);
        } catch (Undecodable e) {
            throw new Unindexable(String.valueOf(e.getMessage()), e);
        }
    }

    private static ObjectNode payload(ConsumerRecord<String, byte[]> received) throws Unindexable {
        try {
            if (JSON.readTree(received.value()) instanceof ObjectNode payload) {
                return payload;
            }
        } catch (JacksonException e) {
            throw new Unindexable("the value is not JSON: " + e.getOriginalMessage(), e);
        }
        throw new Unindexable("the value is not a JSON object");
    }

    /** The clusters that an event speaks of: its own, those of an upgrade, those of strategies and of a new group. */
    private static Set<String> clusters(ObjectNode payload) {
        Set<String> clusters = new LinkedHashSet<>();
        for (String member : new String[] {"cluster", "from", "to", "serving"}) {
            String cluster = text(payload, member);
            if (cluster != null) {
                clusters.add(cluster);
            }
        }
        clusters.addAll(payload.path("strategies").propertyNames());
        if (payload.path("clusters") instanceof ArrayNode list) {
            list.forEach(cluster -> clusters.add(cluster.asString("")));
        }
        return clusters;
    }

    private static String message(
            String type,
            @Nullable String subject,
            Set<String> clusters,
            @Nullable String actor,
            @Nullable String reason) {
        StringBuilder message = new StringBuilder(type.replace('-', ' ').replace('.', ' '));
        if (subject != null) {
            message.append(": ").append(subject);
        }
        if (!clusters.isEmpty()) {
            message.append(" ").append(String.join(", ", clusters));
        }
        if (actor != null) {
            message.append(", by ").append(actor);
        }
        if (reason != null) {
            message.append(": ").append(reason);
        }
        return message.toString();
    }

    private static @Nullable String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isString() && !value.stringValue().isEmpty() ? value.stringValue() : null;
    }

    private static void put(ObjectNode object, String name, @Nullable String value) {
        if (value != null) {
            object.put(name, value);
        }
    }
}
