package io.tricolor.kit.eventstore;

import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.Progress;
import io.tricolor.kit.loop.ProgressWatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compares the stored position of every processor of events with the last event, now and then, whichever instance works
 * on it. One that is behind and does not move stands still: a projection, a reactor, the relay.
 */
final class ProcessorWatch implements SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final JdbcClient jdbc;
    private final Supplier<Set<String>> names;
    private final ProgressWatch watch;
    private final Map<String, Processor> processors = new ConcurrentHashMap<>();
    private final Map<String, String> failures = new ConcurrentHashMap<>();
    private final Loop loop;

    ProcessorWatch(JdbcClient jdbc, Supplier<Set<String>> names, ProgressWatch watch) {
        this.jdbc = jdbc;
        this.names = names;
        this.watch = watch;
        this.loop = Loop.named("processor-watch", this::compare)
                .every(INTERVAL)
                .mayTake(INTERVAL)
                .build(watch);
    }

    /** One processor, as it was found the last time. */
    private final class Processor {

        private final Progress progress;
        private volatile long position = -1;
        private volatile long head;
        private volatile @Nullable String owner;

        Processor(String name) {
            progress = watch.watch("processor " + name, Progress.Weight.VITAL, this::describe);
        }

        private String describe() {
            return "position " + Math.max(0, position) + " of " + head
                    + (owner == null ? ", worked on by no instance" : ", worked on by " + owner);
        }

        void found(String name, long nowAt, long nowHead, @Nullable String nowOwner) {
            boolean moved = nowAt > position;
            position = nowAt;
            head = nowHead;
            owner = nowOwner;
            String failure = failures.remove(name);
            if (nowAt >= nowHead) {
                progress.idle();
            } else if (moved) {
                progress.moved();
            } else if (failure != null) {
                progress.waits(failure);
            } else {
                progress.busy();
            }
        }
    }

    /** A row of the table of tokens. */
    private record Found(
            String name, long position, @Nullable String owner) {}

    void compare() {
        // First the head: what is stored meanwhile is not held against a processor.
        long head = jdbc.sql("select coalesce(max(global_position), 0) from domain_event")
                .query(Long.class)
                .single();
        Map<String, Found> rows = new HashMap<>();
        jdbc.sql("select processor_name, token, owner from processor_token where segment = 0")
                .query((row, number) -> new Found(row.getString(1), position(row.getBytes(2)), row.getString(3)))
                .list()
                .forEach(found -> rows.put(found.name(), found));
        for (String name : names.get()) {
            Found row = rows.getOrDefault(name, new Found(name, 0, null));
            processors.computeIfAbsent(name, Processor::new).found(name, row.position(), head, row.owner());
        }
    }

    /** Of a token, also of one that replays; 0 for the beginning of the stream. */
    private static long position(byte @Nullable [] token) {
        if (token == null) {
            return 0;
        }
        JsonNode json = JsonMapper.shared().readTree(new String(token, StandardCharsets.UTF_8));
        JsonNode current = json.has("currentToken") ? json.path("currentToken") : json;
        return current.path("index").asLong(0);
    }

    /** A batch of a processor failed and is tried again. */
    void failed(String processor, Throwable failure) {
        failures.put(processor, failure.toString());
        Processor known = processors.get(processor);
        if (known != null) {
            known.progress.waits(failure);
        }
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
        processors.values().forEach(processor -> watch.forget(processor.progress));
        processors.clear();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
