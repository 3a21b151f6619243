package io.tricolor.standalone.suite;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs the processes of a suite until it is told to stop, and writes what it knows to the state file at each change.
 */
final class Supervisor {

    private final Suite suite;
    private final List<ManagedPart> parts = new ArrayList<>();
    private final Map<String, ManagedPart> byName = new HashMap<>();
    private final Instant startedAt;
    private final StateFile stateFile;
    private final Consumer<String> log;

    /** @param definitions in an order in which each comes after those that it needs */
    Supervisor(Suite suite, List<Part> definitions, Backoff backoff, Clock clock, Consumer<String> log) {
        this.suite = suite;
        this.startedAt = clock.instant();
        this.stateFile = new StateFile(suite.stateFile());
        this.log = log;
        for (Part definition : definitions) {
            List<ManagedPart> needed =
                    definition.needs().stream().map(this::named).toList();
            var managed = new ManagedPart(definition, needed, backoff, clock, this::publish, log);
            parts.add(managed);
            byName.put(definition.name(), managed);
        }
    }

    void start() {
        publish();
        parts.forEach(ManagedPart::start);
    }

    /** Ends all processes, each after those that need it, as many at a time as possible. */
    void stop() {
        List<Thread> stopping = new ArrayList<>();
        for (ManagedPart one : parts) {
            stopping.add(Thread.ofPlatform().name("stop-" + one.part().name()).start(() -> {
                parts.stream()
                        .filter(other ->
                                other.part().needs().contains(one.part().name()))
                        .forEach(ManagedPart::awaitStopped);
                one.stop();
            }));
        }
        for (Thread thread : stopping) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    SuiteView view() {
        return new SuiteView(
                ProcessHandle.current().pid(),
                suite.portBase(),
                startedAt,
                parts.stream().map(ManagedPart::view).toList());
    }

    private ManagedPart named(String name) {
        ManagedPart part = byName.get(name);
        if (part == null) {
            throw new IllegalArgumentException("no process " + name + " before the one that needs it");
        }
        return part;
    }

    private synchronized void publish() {
        try {
            stateFile.write(view());
        } catch (IOException e) {
            log.accept("cannot write " + suite.stateFile() + ": " + e);
        }
    }
}
