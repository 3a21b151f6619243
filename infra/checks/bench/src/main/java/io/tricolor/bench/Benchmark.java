package io.tricolor.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** One benchmark that can be asked for by name. */
interface Benchmark {

    String name();

    /** One line for the list. */
    String description();

    /** Programs without which it cannot run. */
    List<String> programs();

    /** Runs it within the bounds that the settings set. */
    List<Comparison> run(Settings settings) throws IOException, InterruptedException;

    /**
     * How much is run. Bounded, since a benchmark takes the machine for itself.
     *
     * @param pairs runs of each side
     * @param seconds of load in one run, and before the first one
     * @param connections that the load keeps
     * @param watchers of the registry
     * @param dir for configurations, logs and data of what is started; empty
     * @param progress takes a line for a person
     */
    record Settings(int pairs, int seconds, int connections, int watchers, Path dir, Consumer<String> progress) {

        /** Throws {@link IllegalArgumentException} that names the option which is out of range. */
        public Settings {
            requireRange("pairs", pairs, 1, 50);
            requireRange("seconds", seconds, 1, 60);
            requireRange("connections", connections, 1, 1_000);
            requireRange("watchers", watchers, 1, 15_000);
        }

        private static void requireRange(String name, int value, int from, int to) {
            if (value < from || value > to) {
                throw new IllegalArgumentException(
                        "--" + name + " must be from " + from + " to " + to + ", not " + value);
            }
        }
    }
}
