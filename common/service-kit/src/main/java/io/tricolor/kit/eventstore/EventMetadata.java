package io.tricolor.kit.eventstore;

import java.util.List;
import java.util.Map;

/** Keys of the metadata of every stored event. All values are text. */
public final class EventMetadata {

    /** Who: the subject of the token, or the name of the service that acted by itself. */
    public static final String ACTOR = "actor";

    /** Why, in the words of the actor. */
    public static final String REASON = "reason";

    /** The command that the event came from; equal for every event of one command. */
    public static final String COMMAND_ID = "commandId";

    /** What the event belongs to, over all services: an upgrade, or the first command. */
    public static final String CORRELATION_ID = "correlationId";

    /** The message that led to the event. */
    public static final String CAUSATION_ID = "causationId";

    /** W3C trace id of the request. */
    public static final String TRACE_ID = "traceId";

    /**
     * Epoch of the stream, a decimal number; missing is 0. An event that begins an epoch, and each one after it, has
     * it.
     */
    public static final String EPOCH = "epoch";

    /** Not stored with events: the client's key of a command. */
    public static final String IDEMPOTENCY_KEY = "idempotencyKey";

    /** Not stored with events: what the key was used for. */
    public static final String REQUEST_HASH = "requestHash";

    static final List<String> STORED = List.of(ACTOR, REASON, COMMAND_ID, CORRELATION_ID, CAUSATION_ID, TRACE_ID);

    private EventMetadata() {}

    /** The epoch that an event's metadata name, 0 when they name none. */
    public static long epochOf(Map<String, ?> metadata) {
        Object epoch = metadata.get(EPOCH);
        return epoch == null ? 0 : Long.parseLong(epoch.toString());
    }
}
