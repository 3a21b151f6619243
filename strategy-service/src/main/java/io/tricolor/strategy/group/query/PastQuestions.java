package io.tricolor.strategy.group.query;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What else a stream answers: who did a kind of thing, and where the time of an upgrade went. Blocking. */
@Component
public class PastQuestions {

    /** So many events are looked at for one page; the next page goes on behind them. */
    static final int MOST_SCANNED = 5_000;

    private static final int PAGE = 500;

    private final StreamReader reader;
    private final GroupStreams streams;
    private final JdbcClient jdbc;

    PastQuestions(StreamReader reader, GroupStreams streams, JdbcClient jdbc) {
        this.reader = reader;
        this.streams = streams;
        this.jdbc = jdbc;
    }

    /**
     * Lines of a history.
     *
     * @param next sequence up to which (inclusive) everything was looked at; null when that is the end
     */
    @Schema(name = "History")
    public record Found(List<HistoryEntry> events, @Nullable Long next) {}

    /**
     * Lines after sequence {@code after} (exclusive; -1 reads from the start) that the filter takes, oldest first. A
     * page may have fewer than {@code limit} although there are more. GROUP_NOT_FOUND when the group never was.
     */
    public Found history(String groupId, long after, int limit, HistoryFilter filter) {
        List<HistoryEntry> found = new ArrayList<>();
        int size = filter.equals(HistoryFilter.NONE) ? limit : PAGE;
        long last = after;
        int scanned = 0;
        while (scanned < MOST_SCANNED) {
            List<StoredEvent> page = reader.read(groupId, last + 1, size);
            if (page.isEmpty() && scanned == 0 && reader.lastSequence(groupId).isEmpty()) {
                throw new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + groupId);
            }
            for (StoredEvent event : page) {
                last = event.sequence();
                if (filter.takes(event)) {
                    found.add(HistoryEntry.of(event));
                    if (found.size() == limit) {
                        return new Found(found, last);
                    }
                }
            }
            scanned += page.size();
            if (page.size() < size) {
                return new Found(found, null);
            }
        }
        return new Found(found, last);
    }

    /** Where the time of an upgrade went; UPGRADE_NOT_FOUND when the group had none of this id. */
    public UpgradeTimes times(String groupId, String upgradeId) {
        StoredEvent started = started(groupId, upgradeId);
        GroupState[] state = {started.sequence() == 0 ? null : streams.atSequence(groupId, started.sequence() - 1)};
        UpgradeTimes.Clock[] clock = new UpgradeTimes.Clock[1];
        reader.forEachWhile(groupId, started.sequence(), event -> {
            state[0] = Evolver.evolve(state[0], (ClusterGroupEvent) event.payload());
            if (clock[0] == null) {
                clock[0] = new UpgradeTimes.Clock(Objects.requireNonNull(state[0].upgrade()), event.at());
                return true;
            }
            return clock[0].goesOn(state[0], event.at());
        });
        return clock[0].read(groupId);
    }

    private StoredEvent started(String groupId, String upgradeId) {
        return jdbc.sql("""
                        select sequence_number from domain_event
                        where aggregate_id = :group and payload_type = 'cluster-group.upgrade-started'
                        order by sequence_number desc
                        """).param("group", groupId).query(Long.class).list().stream()
                .map(sequence -> reader.read(groupId, sequence, 1).getFirst())
                .filter(event -> event.payload() instanceof UpgradeStarted upgrade
                        && upgrade.upgradeId().equals(upgradeId))
                .findFirst()
                .orElseThrow(() ->
                        new Rejected(Code.UPGRADE_NOT_FOUND, "group " + groupId + " has had no upgrade " + upgradeId));
    }
}
