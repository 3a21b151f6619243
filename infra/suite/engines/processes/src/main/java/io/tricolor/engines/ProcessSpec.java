package io.tricolor.engines;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to start one child process and how to know that it serves.
 *
 * @param name what messages call it
 * @param environment added to this JVM's environment
 * @param log takes standard output and error; appended to
 * @param pidFile written at the start and removed at the stop; null for none
 * @param startTimeout how long the process may take until it is ready
 * @param stopTimeout how long after the stop signal SIGKILL follows
 * @param stopSignal signal name without {@code SIG} that asks the process to end
 * @param outlivesParent false: the process is ended when this JVM ends, however that happens
 */
public record ProcessSpec(
        String name,
        List<String> command,
        Path directory,
        Map<String, String> environment,
        Path log,
        @Nullable Path pidFile,
        Readiness readiness,
        Duration startTimeout,
        Duration stopTimeout,
        String stopSignal,
        boolean outlivesParent) {

    /** Copies the collections. */
    public ProcessSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** The same with another command line. */
    public ProcessSpec withCommand(List<String> words) {
        return new ProcessSpec(
                name,
                words,
                directory,
                environment,
                log,
                pidFile,
                readiness,
                startTimeout,
                stopTimeout,
                stopSignal,
                outlivesParent);
    }

    /** A specification with defaults: ready at once, 60 s to start, 10 s to stop on SIGTERM, ends with this JVM. */
    public static Builder of(String name, Path directory) {
        return new Builder(name, directory);
    }

    /** Collects a {@link ProcessSpec}. Not thread safe. */
    public static final class Builder {

        private final String name;
        private final Path directory;
        private final List<String> command = new ArrayList<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private Path log;
        private @Nullable Path pidFile;
        private Readiness readiness = Readiness.immediately();
        private Duration startTimeout = Duration.ofSeconds(60);
        private Duration stopTimeout = Duration.ofSeconds(10);
        private String stopSignal = "TERM";
        private boolean outlivesParent;

        private Builder(String name, Path directory) {
            this.name = name;
            this.directory = directory;
            this.log = directory.resolve(name + ".log");
        }

        /** Adds words to the command line. */
        public Builder command(String... words) {
            return command(List.of(words));
        }

        /** Adds words to the command line. */
        public Builder command(List<String> words) {
            command.addAll(words);
            return this;
        }

        /** Sets one environment variable. */
        public Builder environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** Sets the log file; default {@code <directory>/<name>.log}. */
        public Builder log(Path file) {
            log = file;
            return this;
        }

        /** Sets the pid file. */
        public Builder pidFile(Path file) {
            pidFile = file;
            return this;
        }

        /** Sets the question that {@link ChildProcess#awaitReady} asks. */
        public Builder readiness(Readiness question) {
            readiness = question;
            return this;
        }

        /** Sets how long the start may take. */
        public Builder startTimeout(Duration timeout) {
            startTimeout = timeout;
            return this;
        }

        /** Sets how long the stop may take before SIGKILL. */
        public Builder stopTimeout(Duration timeout) {
            stopTimeout = timeout;
            return this;
        }

        /** Sets the signal that asks the process to end, for example {@code INT}. */
        public Builder stopSignal(String signal) {
            stopSignal = signal;
            return this;
        }

        /** Says whether the process may live on when this JVM has ended. */
        public Builder outlivesParent(boolean outlives) {
            outlivesParent = outlives;
            return this;
        }

        /** The specification. */
        public ProcessSpec build() {
            return new ProcessSpec(
                    name,
                    command,
                    directory,
                    environment,
                    log,
                    pidFile,
                    readiness,
                    startTimeout,
                    stopTimeout,
                    stopSignal,
                    outlivesParent);
        }
    }
}
