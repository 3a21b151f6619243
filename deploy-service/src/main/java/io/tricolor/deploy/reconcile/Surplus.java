package io.tricolor.deploy.reconcile;

import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which instances of a service go when fewer are desired than run.
 *
 * @param toStop ids; first those that are withdrawn, then those that do not serve
 * @param held how many more than desired run and may not be stopped: they may serve, and are not withdrawn
 */
record Surplus(List<String> toStop, int held) {

    static final Surplus NONE = new Surplus(List.of(), 0);

    static Surplus of(RunningService running, int wanted, List<String> withdrawn, Collection<String> registered) {
        int count = Math.min(running.tasks().size(), running.instances()) - wanted;
        if (wanted == 0 || count <= 0) {
            return NONE;
        }
        List<Task> order = new ArrayList<>(running.tasks());
        order.sort(Comparator.comparing((Task task) -> !withdrawn.contains(task.id()))
                .thenComparing(Task::healthy)
                .thenComparing(Task::id, Comparator.reverseOrder()));
        List<String> toStop = order.stream()
                .filter(task -> withdrawn.contains(task.id()) || (!task.healthy() && !registered.contains(task.id())))
                .limit(count)
                .map(Task::id)
                .toList();
        return new Surplus(toStop, count - toStop.size());
    }
}
