package io.tricolor.config.namespace.domain;

import static io.tricolor.contracts.Rejection.Code.CONCURRENT_CHANGE;
import static io.tricolor.contracts.Rejection.Code.NOTHING_TO_CHANGE;
import static io.tricolor.contracts.Rejection.Code.REVISION_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.VERSION_MISMATCH;

import io.tricolor.config.namespace.domain.NamespaceCommand.PublishRevision;
import io.tricolor.config.namespace.domain.NamespaceCommand.RollBack;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.config.ConfigRolledBack;
import java.util.ArrayList;
import java.util.List;

/**
 * The revisions of a namespace.
 *
 * @param contents hash of the content of each revision, the first one's first
 */
public record NamespaceState(List<String> contents) {

    /** A namespace without a revision. */
    public static final NamespaceState EMPTY = new NamespaceState(List.of());

    /** Copies the list. */
    public NamespaceState {
        contents = List.copyOf(contents);
    }

    /** Number of the current revision, 0 for none. */
    public long current() {
        return contents.size();
    }

    /** Hash of the content of a revision from 1 to {@link #current()}. */
    public String contentOf(long revision) {
        if (revision < 1 || revision > current()) {
            throw new Rejected(REVISION_NOT_FOUND, "there is no revision " + revision + ", only 1 to " + current());
        }
        return contents.get(Math.toIntExact(revision) - 1);
    }

    /** The event that the command leads to; throws {@link Rejected} when it leads to none. */
    public ConfigEvent decide(NamespaceCommand command) {
        Long expected = command.expectedRevision();
        if (expected != null && expected != current()) {
            throw new Rejected(
                    VERSION_MISMATCH, "the current revision is " + current() + ", not " + expected + " as expected");
        }
        return switch (command) {
            case PublishRevision publish -> {
                if (!publish.again()) {
                    changes(publish.sha256());
                }
                built(publish);
                yield new ConfigRevisionPublished(
                        publish.namespace(),
                        current() + 1,
                        publish.sha256(),
                        publish.changedKeys(),
                        publish.reason(),
                        publish.at());
            }
            case RollBack back -> {
                String sha256 = contentOf(back.revision());
                changes(sha256);
                built(back);
                yield new ConfigRolledBack(
                        back.namespace(),
                        current() + 1,
                        back.revision(),
                        sha256,
                        back.changedKeys(),
                        back.reason(),
                        back.at());
            }
        };
    }

    private void changes(String sha256) {
        if (current() > 0 && contentOf(current()).equals(sha256)) {
            throw new Rejected(NOTHING_TO_CHANGE, "revision " + current() + " has this content already");
        }
    }

    private void built(NamespaceCommand command) {
        if (command.base() != current()) {
            throw new Rejected(
                    CONCURRENT_CHANGE, "revision " + current() + " came in between; read it and publish again");
        }
    }

    /** The state after an event. */
    public NamespaceState evolve(ConfigEvent event) {
        List<String> more = new ArrayList<>(contents);
        more.add(
                switch (event) {
                    case ConfigRevisionPublished published -> published.sha256();
                    case ConfigRolledBack back -> back.sha256();
                });
        return new NamespaceState(more);
    }
}
