package io.tricolor.kit.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.Upcasts;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Contract records as Kafka records: CloudEvents 1.0, binary content mode. */
public final class CloudEvents {

    /** Type of the payload, see {@link EventTypes#cloudEventTypeOf}. */
    public static final String TYPE = "ce_type";

    /** The stream. */
    public static final String SUBJECT = "ce_subject";

    /** Position in the stream, 20 digits. */
    public static final String SEQUENCE = "ce_sequence";

    private static final String SPEC_VERSION = "ce_specversion";
    private static final String ID = "ce_id";
    private static final String SOURCE = "ce_source";
    private static final String TIME = "ce_time";
    private static final String ACTOR = "ce_actor";
    private static final String CORRELATION_ID = "ce_correlationid";
    private static final String CAUSATION_ID = "ce_causationid";
    private static final String TRACE_ID = "ce_traceid";
    private static final String CONTENT_TYPE = "content-type";

    private CloudEvents() {}

    /** The record for a payload whose class carries {@link io.tricolor.contracts.EventType}. */
    public static ProducerRecord<String, byte[]> encode(String topic, String key, Object payload, Envelope envelope) {
        ProducerRecord<String, byte[]> encoded =
                new ProducerRecord<>(topic, key, ContractsJson.mapper().writeValueAsBytes(payload));
        Headers headers = encoded.headers();
        add(headers, SPEC_VERSION, "1.0");
        add(headers, ID, envelope.id());
        add(headers, TYPE, EventTypes.cloudEventTypeOf(payload.getClass()));
        add(headers, SOURCE, envelope.source());
        add(headers, SUBJECT, envelope.subject());
        add(headers, TIME, envelope.time().toString());
        Long sequence = envelope.sequence();
        add(headers, SEQUENCE, sequence == null ? null : String.format(Locale.ROOT, "%020d", sequence));
        add(headers, ACTOR, envelope.actor());
        add(headers, CORRELATION_ID, envelope.correlationId());
        add(headers, CAUSATION_ID, envelope.causationId());
        add(headers, TRACE_ID, envelope.traceId());
        add(headers, CONTENT_TYPE, "application/json");
        return encoded;
    }

    /** The attributes of a record. A missing id becomes {@code topic/partition/offset}, a missing time the record's. */
    public static Envelope envelopeOf(ConsumerRecord<String, byte[]> received) throws Undecodable {
        String id = text(received, ID);
        String time = text(received, TIME);
        String sequence = text(received, SEQUENCE);
        String source = text(received, SOURCE);
        try {
            return new Envelope(
                    id != null ? id : received.topic() + "/" + received.partition() + "/" + received.offset(),
                    source != null ? source : "",
                    text(received, SUBJECT),
                    time != null ? Instant.parse(time) : Instant.ofEpochMilli(received.timestamp()),
                    sequence != null ? (Long) Long.parseLong(sequence) : null,
                    text(received, ACTOR),
                    text(received, CORRELATION_ID),
                    text(received, CAUSATION_ID),
                    text(received, TRACE_ID));
        } catch (DateTimeException | NumberFormatException e) {
            throw new Undecodable("a header of the record cannot be read: " + e.getMessage(), e);
        }
    }

    /** The payload of a record as an instance of its contract class; earlier revisions are brought up to date. */
    public static Object payloadOf(ConsumerRecord<String, byte[]> received) throws Undecodable {
        String type = text(received, TYPE);
        if (type == null) {
            throw new Undecodable("the record has no header " + TYPE);
        }
        Class<?> payloadType =
                EventTypes.byCloudEventType(type).orElseThrow(() -> new Undecodable("unknown type \"" + type + "\""));
        int revision = EventTypes.revisionIn(type)
                .orElseThrow(() -> new Undecodable("type \"" + type + "\" does not end in a revision"));
        if (received.value() == null) {
            throw new Undecodable("the record has no value");
        }
        try {
            Object payload = revision == EventTypes.revisionOf(payloadType)
                    ? ContractsJson.mapper().readValue(received.value(), payloadType)
                    : upcast(payloadType, revision, received.value());
            if (payload == null) {
                throw new Undecodable("the value is null");
            }
            return payload;
        } catch (JacksonException e) {
            throw new Undecodable("the value is not a " + type + ": " + e.getOriginalMessage(), e);
        }
    }

    private static Object upcast(Class<?> payloadType, int revision, byte[] value) throws Undecodable {
        String name = EventTypes.nameOf(payloadType);
        int today = EventTypes.revisionOf(payloadType);
        Map<String, Object> brought = Upcasts.published()
                .apply(name, revision, today, ContractsJson.object(value))
                .orElseThrow(() -> new Undecodable("type \"" + name + "\" has revision " + revision
                        + ", and nothing brings that to revision " + today));
        return ContractsJson.mapper().convertValue(brought, payloadType);
    }

    /** Text of the last header of that name, null when there is none. */
    public static @Nullable String text(ConsumerRecord<?, ?> received, String name) {
        Header header = received.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }

    private static void add(Headers headers, String name, @Nullable String value) {
        if (value != null) {
            headers.add(name, value.getBytes(UTF_8));
        }
    }
}
