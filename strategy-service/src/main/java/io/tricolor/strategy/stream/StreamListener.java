package io.tricolor.strategy.stream;

import io.tricolor.kit.requestlog.RequestSteps;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.FluxSink;

/**
 * One who listens: a position, and at most one page of events that wait to be taken. Frames are made when the
 * connection can take them.
 */
final class StreamListener {

    private final FluxSink<ServerSentEvent<Object>> sink;
    private final EventFeed feed;
    private final Set<String> groups;
    private final @Nullable Instant expires;
    private final Deque<StreamedEvent> waiting = new ArrayDeque<>();

    /** Up to here everything was sent, or waits. */
    private long position;

    private boolean reading;
    private boolean ended;
    private Instant written = Instant.MIN;
    private @Nullable Instant stalledSince;

    /** Why a stream ends although the client would go on. */
    enum End {
        SLOW("slow", "nothing was taken for too long"),
        EXPIRED("expired", "the token has expired"),
        SHUTDOWN("shutdown", "this instance stops");

        private final String reason;
        private final String detail;

        End(String reason, String detail) {
            this.reason = reason;
            this.detail = detail;
        }

        String reason() {
            return reason;
        }
    }

    /**
     * The first frame.
     *
     * @param position newest of the store
     * @param after what follows is after this position
     * @param reset the position that the client named is not one of this store: what it knows is to be read anew
     */
    record Hello(long position, long after, boolean reset) {}

    /** The last frame: go on with the last id. */
    record Cut(String reason, String detail) {}

    StreamListener(
            FluxSink<ServerSentEvent<Object>> sink,
            EventFeed feed,
            Set<String> groups,
            long position,
            @Nullable Instant expires) {
        this.sink = sink;
        this.feed = feed;
        this.groups = groups;
        this.position = position;
        this.expires = expires;
    }

    synchronized void begin(long newest, boolean reset, Instant now) {
        written = now;
        sink.next(frame(position, "hello", new Hello(newest, position, reset)));
    }

    /** Hands over what there is, as far as it is asked for. */
    synchronized void drain() {
        while (!ended && sink.requestedFromDownstream() > 0) {
            StreamedEvent event = waiting.poll();
            if (event != null) {
                sink.next(frame(event.position(), "group", event));
                written = feed.clock().instant();
            } else if (reading || !fill()) {
                return;
            }
        }
    }

    /** Whether there may be something to hand over now. */
    private boolean fill() {
        EventFeed.Next next = feed.next(position);
        if (next.upToDate()) {
            return false;
        }
        Optional<EventPage> page = next.page();
        if (page.isPresent()) {
            take(page.get());
            return true;
        }
        reading = true;
        long after = position;
        RequestSteps.blocking("events", () -> feed.source().after(after, EventFeed.PAGE))
                .subscribe(this::taken, sink::error);
        return false;
    }

    private void taken(EventPage page) {
        synchronized (this) {
            reading = false;
            take(page);
        }
        drain();
    }

    private void take(EventPage page) {
        for (StreamedEvent event : page.events()) {
            if (groups.isEmpty() || groups.contains(event.groupId())) {
                waiting.add(event);
            }
        }
        position = Math.max(position, page.upTo());
    }

    synchronized void tick(Instant now) {
        if (ended) {
            return;
        }
        if (expires != null && !now.isBefore(expires)) {
            end(End.EXPIRED);
            return;
        }
        if (sink.requestedFromDownstream() == 0) {
            if (stalledSince == null) {
                stalledSince = now;
            } else if (!now.isBefore(stalledSince.plus(feed.properties().patience()))) {
                end(End.SLOW);
            }
            return;
        }
        stalledSince = null;
        if (!now.isBefore(written.plus(feed.properties().ping()))) {
            written = now;
            sink.next(ServerSentEvent.builder()
                    .id(String.valueOf(sent()))
                    .comment("ping")
                    .build());
        }
    }

    /** Says why, whether that is asked for or not: it is the last. */
    synchronized void end(End why) {
        if (ended) {
            return;
        }
        ended = true;
        feed.ended(why);
        sink.next(frame(sent(), "end", new Cut(why.reason, why.detail)));
        sink.complete();
    }

    /** Up to here the client has everything that is for it. */
    private long sent() {
        StreamedEvent next = waiting.peek();
        return next == null ? position : next.position() - 1;
    }

    private static ServerSentEvent<Object> frame(long position, String event, Object data) {
        return ServerSentEvent.builder(data)
                .id(String.valueOf(position))
                .event(event)
                .build();
    }
}
