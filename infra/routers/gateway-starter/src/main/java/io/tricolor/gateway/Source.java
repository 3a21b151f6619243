package io.tricolor.gateway;

import java.time.Duration;
import org.springframework.context.SmartLifecycle;

/** What brings tables or instances for as long as the router runs, by one follower for each key. */
abstract class Source<K> implements SmartLifecycle {

    static final Duration PATIENCE = Duration.ofSeconds(5);

    final Followers<K> followers;
    private volatile boolean running;

    Source(String name) {
        followers = new Followers<>(name);
    }

    /** Starts the first followers. */
    abstract void begin();

    @Override
    public final void start() {
        running = true;
        begin();
    }

    @Override
    public final void stop() {
        running = false;
        followers.stop(PATIENCE);
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
