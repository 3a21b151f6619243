package io.tricolor.kit.refusal;

import io.tricolor.contracts.audit.AttemptRefused;
import io.tricolor.contracts.audit.AttemptsSuppressed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which refused commands are recorded one by one and which are counted: so many of each actor and so many of
 * all between two sums. Nothing is left out, and what a flood leaves behind is bounded.
 */
final class RefusalLedger {

    /** Of one actor, all those without a good token being one. */
    static final int OF_ONE = 20;

    /** Of all together. */
    static final int OF_ALL = 500;

    /** So many actors are kept apart. */
    static final int ACTORS = 200;

    private static final String NOBODY = "";
    private static final String OTHERS = "others";

    private final String service;
    private final Map<String, Count> actors = new LinkedHashMap<>();
    private int recorded;

    /** What is known of one actor since the last sum. */
    private static final class Count {

        private int recorded;
        private @Nullable Instant since;
        private final SortedMap<String, Long> suppressed = new TreeMap<>();
    }

    RefusalLedger(String service) {
        this.service = service;
    }

    /** Whether the attempt is to be recorded by itself; else it is counted. */
    synchronized boolean takes(AttemptRefused attempt) {
        String actor = attempt.actor() == null ? NOBODY : attempt.actor();
        Count count = actors.get(actor);
        if (count == null) {
            count = actors.computeIfAbsent(actors.size() < ACTORS ? actor : OTHERS, name -> new Count());
        }
        if (count.recorded < OF_ONE && recorded < OF_ALL) {
            count.recorded++;
            recorded++;
            return true;
        }
        if (count.since == null) {
            count.since = attempt.at();
        }
        count.suppressed.merge(attempt.code(), 1L, Long::sum);
        return false;
    }

    /** What was counted since the last sum; counts begin anew. */
    synchronized List<AttemptsSuppressed> sum(Instant now) {
        List<AttemptsSuppressed> sums = new ArrayList<>();
        actors.forEach((actor, count) -> {
            if (count.since != null) {
                sums.add(new AttemptsSuppressed(
                        service, actor.equals(NOBODY) ? null : actor, count.suppressed, count.since, now));
            }
        });
        actors.clear();
        recorded = 0;
        return sums;
    }
}
