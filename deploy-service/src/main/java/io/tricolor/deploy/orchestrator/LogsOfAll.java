package io.tricolor.deploy.orchestrator;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Logs of instances of several orchestrators, which are told apart by their ids. */
final class LogsOfAll implements InstanceLogs {

    private final List<InstanceLogs> all;

    LogsOfAll(List<InstanceLogs> all) {
        this.all = List.copyOf(all);
    }

    @Override
    public boolean mayHave(String instanceId) {
        return of(instanceId).isPresent();
    }

    @Override
    public boolean isOf(String group, String cluster, String instanceId) {
        return all.stream().anyMatch(logs -> logs.isOf(group, cluster, instanceId));
    }

    @Override
    public Optional<Part> tail(String instanceId, Stream stream, int lines) throws Unavailable {
        Optional<InstanceLogs> logs = of(instanceId);
        return logs.isEmpty() ? Optional.empty() : logs.get().tail(instanceId, stream, lines);
    }

    @Override
    public Optional<Part> read(String instanceId, Stream stream, long from, Duration wait) throws Unavailable {
        Optional<InstanceLogs> logs = of(instanceId);
        return logs.isEmpty() ? Optional.empty() : logs.get().read(instanceId, stream, from, wait);
    }

    private Optional<InstanceLogs> of(String instanceId) {
        return all.stream().filter(logs -> logs.mayHave(instanceId)).findFirst();
    }

    /** Those of the orchestrators that answer; a cluster is on one of them. */
    @Override
    public List<Kept> kept(ServiceKey service) throws Unavailable {
        List<Kept> kept = new ArrayList<>();
        Unavailable last = null;
        for (InstanceLogs logs : all) {
            try {
                kept.addAll(logs.kept(service));
            } catch (Unavailable e) {
                last = e;
            }
        }
        if (kept.isEmpty() && last != null) {
            throw last;
        }
        kept.sort(Comparator.comparing(Kept::writtenAt).reversed());
        return kept;
    }
}
