package io.tricolor.bench;

import java.util.ArrayList;
import java.util.List;

/** Who runs where: what is measured has the last core for itself, load and upstream share the others. */
final class Cores {

    private static final int COUNT = Runtime.getRuntime().availableProcessors();

    private Cores() {}

    /** The command, on the core of what is measured. */
    static List<String> measured(List<String> command) {
        return pinned(COUNT == 1 ? "0" : Integer.toString(COUNT - 1), command);
    }

    /** The command, on the cores of what makes the load. */
    static List<String> others(List<String> command) {
        return pinned(COUNT <= 2 ? "0" : "0-" + (COUNT - 2), command);
    }

    private static List<String> pinned(String cores, List<String> command) {
        List<String> words = new ArrayList<>(List.of("taskset", "-c", cores));
        words.addAll(command);
        return words;
    }
}
