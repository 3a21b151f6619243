package io.tricolor.strategy.group.query;

import io.tricolor.kit.concurrent.CoalescedReads;
import io.tricolor.kit.eventstore.StreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.axonframework.eventhandling.TrackedDomainEventData;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Takes in what is appended to the store, by whichever instance: each event is read once for all that this instance
 * remembers of streams. It is done for whoever needs to be up to date, and one statement serves all who ask at the same
 * time. Blocking.
 */
@Component
public class NewestEvents {

    private static final int PAGE = 500;
    private static final String ALL = "all";

    private final StreamReader reader;
    private final JdbcClient jdbc;
    private final CoalescedReads<String, Position> catchUp = new CoalescedReads<>(keys -> Map.of(ALL, takeIn()));
    private final List<Follower> followers = new CopyOnWriteArrayList<>();

    /** Sequence of the newest event by stream, of those that have grown since this instance watches the store. */
    private final ConcurrentMap<String, Long> sequences = new ConcurrentHashMap<>();

    private volatile @Nullable Beginning beginning;
    private volatile @Nullable Position position;
    private final Map<String, ChangedStream> changed = new LinkedHashMap<>();

    NewestEvents(StreamReader reader, JdbcClient jdbc) {
        this.reader = reader;
        this.jdbc = jdbc;
    }

    /**
     * A position in the event store.
     *
     * @param eventId of the event there; it tells a store from another one, for example one that was restored. Empty
     *     at position 0
     */
    public record Position(long number, String eventId) {}

    /**
     * Where this instance began to watch the store that is there. Another one than before means that the store is
     * another one, and nothing that was remembered is true.
     */
    static final class Beginning {

        private final Position position;

        private Beginning(Position position) {
            this.position = position;
        }

        Position position() {
            return position;
        }
    }

    /** Keeps what it remembers of streams up to date. Called by one thread at a time. */
    interface Follower {

        /** Events of one stream were appended, in this order; {@link #newestSequence} counts them already. */
        void appended(String aggregateId, List<TrackedDomainEventData<byte[]>> events);

        /** The store is another one: nothing that is remembered is true. */
        void startedOver();
    }

    /**
     * A stream that has grown.
     *
     * @param position of the newest of its events
     */
    record ChangedStream(String aggregateType, String aggregateId, long position) {}

    /**
     * What has changed.
     *
     * @param upTo everything up to there
     * @param streams in the order of positions
     */
    record Changes(Beginning since, Position upTo, List<ChangedStream> streams) {}

    void addFollower(Follower follower) {
        followers.add(follower);
    }

    /** Takes in everything that is committed by now; answers up to where. */
    public Position catchUp() {
        Position reached = catchUp.get(ALL);
        if (reached == null) {
            throw new IllegalStateException("nothing was taken in");
        }
        return reached;
    }

    /** Sequence of the newest event that was taken in; -1 when the stream has not grown since {@link #beginning}. */
    public long newestSequence(String aggregateId) {
        return sequences.getOrDefault(aggregateId, -1L);
    }

    /** Null before the first {@link #catchUp}. */
    public @Nullable Object beginning() {
        return beginning;
    }

    /** Catches up, and says what has changed that was not {@link #handled} yet. For one caller only. */
    Changes changes() {
        catchUp();
        synchronized (changed) {
            Beginning since = beginning;
            Position upTo = position;
            if (since == null || upTo == null) {
                throw new IllegalStateException("nothing was taken in");
            }
            return new Changes(since, upTo, List.copyOf(changed.values()));
        }
    }

    /** These need not be told again. */
    void handled(Changes changes) {
        synchronized (changed) {
            changes.streams().forEach(stream -> changed.remove(stream.aggregateId(), stream));
        }
    }

    /** Whether this store has this event at this position. */
    boolean isHere(Position asked) {
        return asked.number() == 0 || asked.equals(position) || asked.equals(at(asked.number()));
    }

    private Position takeIn() {
        Position from = position;
        if (from == null) {
            return startOver();
        }
        while (true) {
            List<TrackedDomainEventData<byte[]>> page = reader.stored(from.number(), PAGE);
            // The event that was the last is read again: it shows that this is the store of before.
            if (from.number() > 0 && (page.isEmpty() || !from.equals(position(page.getFirst())))) {
                return startOver();
            }
            List<TrackedDomainEventData<byte[]>> events = from.number() > 0 ? page.subList(1, page.size()) : page;
            if (!events.isEmpty()) {
                from = takeIn(events);
            }
            if (page.size() < PAGE) {
                return from;
            }
        }
    }

    private Position takeIn(List<TrackedDomainEventData<byte[]>> events) {
        Map<String, List<TrackedDomainEventData<byte[]>>> streams = new LinkedHashMap<>();
        events.forEach(event -> streams.computeIfAbsent(event.getAggregateIdentifier(), id -> new ArrayList<>())
                .add(event));
        streams.forEach((id, appended) -> {
            sequences.put(id, appended.getLast().getSequenceNumber());
            followers.forEach(follower -> follower.appended(id, appended));
        });
        Position reached = position(events.getLast());
        synchronized (changed) {
            for (TrackedDomainEventData<byte[]> event : events) {
                String id = event.getAggregateIdentifier();
                changed.remove(id);
                changed.put(
                        id,
                        new ChangedStream(event.getType(), id, position(event).number()));
            }
            position = reached;
        }
        return reached;
    }

    private Position startOver() {
        Position head = at(reader.headPosition());
        sequences.clear();
        synchronized (changed) {
            changed.clear();
            beginning = new Beginning(head);
            position = head;
        }
        followers.forEach(Follower::startedOver);
        return head;
    }

    private static Position position(TrackedDomainEventData<byte[]> event) {
        return new Position(event.trackingToken().position().orElseThrow(), event.getEventIdentifier());
    }

    private Position at(long number) {
        return jdbc.sql("select event_id from domain_event where global_position = :position")
                .param("position", number)
                .query(String.class)
                .optional()
                .map(id -> new Position(number, id))
                .orElse(new Position(number, ""));
    }
}
