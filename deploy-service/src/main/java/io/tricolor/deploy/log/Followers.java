package io.tricolor.deploy.log;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.orchestrator.InstanceLogs;
import io.tricolor.deploy.orchestrator.InstanceLogs.Part;
import io.tricolor.deploy.orchestrator.InstanceLogs.Stream;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Logs as they are written. A reader that is slow is not waited for by anybody: what it has not read stays in the log.
 * Bounded in number, and each in time, so that none outlives the right to read by much; it can go on where it was.
 */
@Component
class Followers implements SmartLifecycle {

    private static final int MOST = 200;
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final int READ_AHEAD = 1;

    private final InstanceLogs logs;
    private final Semaphore places = new Semaphore(MOST);
    private final Sinks.Empty<Void> stop = Sinks.empty();
    private volatile boolean running;
    private final Scheduler threads = Schedulers.fromExecutorService(Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("follow-", 0).factory()));

    Followers(InstanceLogs logs) {
        this.logs = logs;
    }

    /** The text from the given part on. */
    Flux<String> text(String instanceId, Stream stream, Part first) {
        return parts(instanceId, stream, first)
                .map(part -> new String(part.content(), StandardCharsets.UTF_8))
                .filter(text -> !text.isEmpty());
    }

    /** The lines from the given part on; a comment while there is none, and the event {@code end} at the end. */
    Flux<ServerSentEvent<String>> events(String instanceId, Stream stream, Part first) {
        return Flux.defer(() -> {
            Lines lines = new Lines(first.from());
            return parts(instanceId, stream, first)
                    .concatMapIterable(
                            part -> {
                                List<ServerSentEvent<String>> events = lines.take(part);
                                return events.isEmpty()
                                        ? List.of(ServerSentEvent.<String>builder()
                                                .comment("ping")
                                                .build())
                                        : events;
                            },
                            READ_AHEAD);
        });
    }

    private Flux<Part> parts(String instanceId, Stream stream, Part first) {
        return Flux.defer(() -> {
            if (!places.tryAcquire()) {
                return Flux.error(
                        new Rejected(Code.TOO_MANY_REQUESTS, "more than " + MOST + " logs are being followed already"));
            }
            Flux<Part> following = Flux.<Part, Position>generate(
                            () -> new Position(first.next(), System.nanoTime() + LONGEST.toNanos()),
                            (position, sink) -> next(instanceId, stream, position, sink))
                    .subscribeOn(threads);
            return (first.ended() ? Flux.just(first) : Flux.concat(Flux.just(first), following))
                    .takeUntilOther(stop.asMono())
                    .doFinally(signal -> places.release());
        });
    }

    @Override
    public void start() {
        running = true;
    }

    /** Before the server: it waits for answers that are under way, and these have no end. */
    @Override
    public void stop() {
        running = false;
        var _ = stop.tryEmitEmpty();
        threads.dispose();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /**
     * Where a reader stands.
     *
     * @param endNanos when it has to come again, of the nanosecond clock
     */
    private record Position(long next, long endNanos) {}

    /** Ends when the log does, when it is no longer kept, and when the orchestrator is away: the reader comes again. */
    private Position next(String instanceId, Stream stream, Position position, SynchronousSink<Part> sink) {
        Part part;
        try {
            part = logs.read(instanceId, stream, position.next(), QUIET).orElse(null);
        } catch (Unavailable e) {
            part = null;
        }
        if (part != null) {
            sink.next(part);
        }
        if (part == null || part.ended() || System.nanoTime() - position.endNanos() > 0) {
            sink.complete();
            return position;
        }
        return new Position(part.next(), position.endNanos());
    }
}
