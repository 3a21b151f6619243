package io.tricolor.strategy.group.query;

import io.tricolor.contracts.group.Train;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation.Companion;
import io.tricolor.strategy.group.domain.Trains;
import io.tricolor.strategy.group.domain.Upgrade;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * How the groups of a train stand: by their streams, and by the read model for how an upgrade has ended. Blocking.
 */
@Component
public class Companions {

    private final GroupStreams streams;
    private final GroupReadModels readModels;

    Companions(GroupStreams streams, GroupReadModels readModels) {
        this.streams = streams;
        this.readModels = readModels;
    }

    /** The other groups of the train that a group goes with; nobody when it goes with none. */
    public List<Companion> of(GroupState state) {
        Upgrade upgrade = state.upgrade();
        Train train = upgrade == null ? null : upgrade.plan().train();
        if (upgrade == null || train == null) {
            return List.of();
        }
        String trainId = upgrade.upgradeId();
        return train.groups().stream()
                .filter(group -> !group.equals(state.groupId()))
                .map(group -> look(group, trainId))
                .toList();
    }

    /** One group of a train. */
    public Companion look(String groupId, String trainId) {
        return Trains.companion(
                groupId, streams.current(groupId).orElse(null), trainId, () -> isCompleted(groupId, trainId));
    }

    private Optional<Boolean> isCompleted(String groupId, String trainId) {
        return readModels.upgrade(groupId, trainId).flatMap(view -> switch (view.status()) {
            case COMPLETED -> Optional.of(true);
            case ABORTED -> Optional.of(false);
            case RUNNING, PAUSED, ABORTING -> Optional.empty();
        });
    }
}
