package io.tricolor.config.namespace.domain;

import java.time.Instant;
import java.util.List;
import org.axonframework.modelling.command.TargetAggregateIdentifier;
import org.jspecify.annotations.Nullable;

/** What a namespace may be asked. */
public sealed interface NamespaceCommand {

    /** The stream. */
    String namespace();

    /** Revision that {@link #changedKeys()} was compared with; 0 for none. */
    long base();

    /** Revision that the sender has seen; null for any. */
    @Nullable
    Long expectedRevision();

    /** Keys that differ between the base and the new revision, sorted. */
    List<String> changedKeys();

    /**
     * Makes a content the current one.
     *
     * @param again also when it is that already: a revision to be bound to, after what is shared has changed
     */
    record PublishRevision(
            @TargetAggregateIdentifier String namespace,
            String sha256,
            boolean again,
            long base,
            @Nullable Long expectedRevision,
            List<String> changedKeys,
            String reason,
            Instant at)
            implements NamespaceCommand {}

    /** Makes the content of an earlier revision the current one. */
    record RollBack(
            @TargetAggregateIdentifier String namespace,
            long revision,
            long base,
            @Nullable Long expectedRevision,
            List<String> changedKeys,
            String reason,
            Instant at)
            implements NamespaceCommand {}
}
