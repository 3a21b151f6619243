package io.tricolor.engines;

/** An engine that is a child process. */
public abstract sealed class ProcessEngine implements AutoCloseable
        permits ConsulEngine, ElasticsearchEngine, KafkaEngine, KeycloakEngine, PostgresEngine {

    private final ChildProcess process;

    ProcessEngine(ChildProcess process) {
        this.process = process;
    }

    /** The engine's process. */
    public final ChildProcess process() {
        return process;
    }

    /** Kills the engine as {@code kill -9} does. */
    public final void kill() {
        process.kill();
    }

    /** Starts the engine again on the same port, with what is left of its data. */
    public void restart() {
        process.restart();
    }

    @Override
    public void close() {
        process.close();
    }
}
