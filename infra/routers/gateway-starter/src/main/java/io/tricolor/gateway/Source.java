package io.tricolor.gateway;

import java.time.Duration;
import org.springframework.context.SmartLifecycle;

/** What brings tables or instances for as long as the router runs, by one loop for each key. */
abstract class Source<K> implements SmartLifecycle {

    static final Duration PATIENCE = Duration.ofSeconds(5);

    final Loops<K> loops;
    private volatile boolean running;

    Source(String name, GatewayMetrics metrics) {
        loops = new Loops<>(name, metrics);
    }

    /** Starts the first loops. */
    abstract void begin();

    @Override
    public final void start() {
        running = true;
        begin();
    }

    @Override
    public final void stop() {
        running = false;
        loops.stop(PATIENCE);
    }

    /** Starts before the web server and stops after it has finished what was in flight. */
    @Override
    public final int getPhase() {
        return 1;
    }

    @Override
    public final boolean isRunning() {
        return running;
    }
}
