package io.tricolor.marathon.task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Sends signals to everything that a task started: its process group, its descendants, and whatever carries its id in
 * the environment.
 */
public final class ProcessTree {

    private static final System.Logger LOG = System.getLogger(ProcessTree.class.getName());

    private ProcessTree() {}

    /** What to send. */
    public enum Signal {
        /** Please end. */
        TERM,
        /** End. */
        KILL
    }

    /**
     * Signals the task's whole tree. Does nothing when {@code leader} has ended and its number belongs to another
     * process. Blocks for the few milliseconds that {@code kill} takes.
     */
    public static void signal(ProcessIdentity leader, String taskId, Signal signal) {
        List<String> targets = new ArrayList<>();
        if (leader.isAlive()) {
            targets.add("-" + leader.pid());
            ProcessHandle.of(leader.pid())
                    .ifPresent(
                            handle -> handle.descendants().forEach(child -> targets.add(Long.toString(child.pid()))));
            targets.add(Long.toString(leader.pid()));
        }
        signalNumbers(targets, signal);
        signalLeftovers(taskId, signal);
    }

    /** Signals what still carries the id of a task in its environment. */
    public static void signalLeftovers(String taskId, Signal signal) {
        signalNumbers(
                ProcessIdentity.withEnvironment("MESOS_TASK_ID=" + taskId).stream()
                        .map(process -> Long.toString(process.pid()))
                        .collect(Collectors.toList()),
                signal);
    }

    private static void signalNumbers(List<String> numbers, Signal signal) {
        if (numbers.isEmpty()) {
            return;
        }
        // One call for each: an absent target must not keep the others from getting the signal.
        String script = numbers.stream()
                .distinct()
                .map(number -> "kill -s " + signal + " -- " + number + " 2>/dev/null")
                .collect(Collectors.joining("; "));
        try {
            new ProcessBuilder("/bin/sh", "-c", script)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "cannot send " + signal + " to " + numbers, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
