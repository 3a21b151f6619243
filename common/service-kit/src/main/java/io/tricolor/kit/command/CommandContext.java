package io.tricolor.kit.command;

import io.tricolor.contracts.Text;
import io.tricolor.kit.eventstore.EventMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.axonframework.messaging.MetaData;
import org.jspecify.annotations.Nullable;

/**
 * Who sends a command, why, and on which version of the stream. A controller method may take it as a parameter; a
 * program that acts by itself makes one with {@link #ofService}.
 */
public final class CommandContext {

    private final String actor;
    private final Map<String, String> metadata;
    private final @Nullable Long expectedVersion;

    private CommandContext(String actor, Map<String, String> metadata, @Nullable Long expectedVersion) {
        this.actor = actor;
        this.metadata = metadata;
        this.expectedVersion = expectedVersion;
    }

    /** The context of a command that came over HTTP. */
    static CommandContext ofRequest(
            String actor,
            String traceId,
            @Nullable String idempotencyKey,
            @Nullable String requestHash,
            @Nullable Long expectedVersion) {
        Map<String, String> metadata = start(actor);
        metadata.put(EventMetadata.TRACE_ID, traceId);
        if (idempotencyKey != null && requestHash != null) {
            metadata.put(EventMetadata.IDEMPOTENCY_KEY, idempotencyKey);
            metadata.put(EventMetadata.REQUEST_HASH, requestHash);
        }
        return new CommandContext(actor, metadata, expectedVersion);
    }

    /**
     * The context of a command that a service sends by itself.
     *
     * @param service name of the service, the actor
     * @param correlationId what the command belongs to, for example an upgrade; null starts something new
     * @param causationId the message that led to it, null if none did
     */
    public static CommandContext ofService(
            String service, @Nullable String correlationId, @Nullable String causationId) {
        Map<String, String> metadata = start(service);
        if (correlationId != null) {
            metadata.put(EventMetadata.CORRELATION_ID, correlationId);
        }
        if (causationId != null) {
            metadata.put(EventMetadata.CAUSATION_ID, causationId);
        }
        return new CommandContext(service, metadata, null);
    }

    private static Map<String, String> start(String actor) {
        Map<String, String> metadata = new HashMap<>();
        metadata.put(EventMetadata.ACTOR, Text.mended(actor));
        metadata.put(EventMetadata.COMMAND_ID, UUID.randomUUID().toString());
        return metadata;
    }

    /** The same with a reason. */
    public CommandContext because(@Nullable String reason) {
        return reason == null ? this : with(EventMetadata.REASON, reason);
    }

    /** The same as a part of something that is already known, for example an upgrade. */
    public CommandContext belongingTo(String correlationId) {
        return with(EventMetadata.CORRELATION_ID, correlationId);
    }

    private CommandContext with(String key, String value) {
        Map<String, String> changed = new HashMap<>(metadata);
        changed.put(key, value);
        return new CommandContext(actor, changed, expectedVersion);
    }

    /** Who sends it. */
    public String actor() {
        return actor;
    }

    /** Id of the command: new for each request. */
    public String commandId() {
        return String.valueOf(metadata.get(EventMetadata.COMMAND_ID));
    }

    /** The version that the sender has seen, from {@code If-Match: "<version>"}; empty for any. */
    public OptionalLong expectedVersion() {
        return expectedVersion == null ? OptionalLong.empty() : OptionalLong.of(expectedVersion);
    }

    /** As metadata of an Axon command message. */
    public MetaData metadata() {
        return MetaData.from(metadata);
    }
}
