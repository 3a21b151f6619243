package io.tricolor.strategy.group.query;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.snapshot.ClusterGroupSnapshot;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Release;
import io.tricolor.strategy.group.domain.Upgrade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * Publishes the state of each group that has changed, as the read model has it. One instance at a time does: the newest
 * record of a key has to be the newest state. States that follow each other closely are one snapshot.
 */
@Component
class GroupSnapshots implements SmartLifecycle {

    /** The versions of all groups are compared each time, so not at every change. */
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int PAGE = 200;

    private static final Counter PUBLISHED = Counter.build(
                    "tricolor_group_snapshots_total", "States of groups that were published")
            .register();

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final MessagePublisher messages;
    private final JsonMapper json = ContractsJson.mapper();
    private final Loop loop;

    GroupSnapshots(
            JdbcClient jdbc, PlatformTransactionManager transactions, MessagePublisher messages, ProgressWatch watch) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.messages = messages;
        this.loop = Loop.named("group-snapshots", this::turn)
                .every(INTERVAL)
                .mayTake(TIMEOUT.multipliedBy(2))
                .auxiliary()
                .build(watch);
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    private record Row(GroupState state, Instant latest) {}

    private void turn() {
        int published;
        do {
            published = transaction.execute(status -> publish());
            loop.moved();
        } while (published == PAGE);
    }

    /** How many; none while another instance is at it. */
    private int publish() {
        boolean isMine = jdbc.sql("select pg_try_advisory_xact_lock(hashtext('group-snapshots'))")
                .query(Boolean.class)
                .single();
        if (!isMine) {
            return 0;
        }
        List<Row> changed = jdbc.sql("""
                        select v.state, v.latest from group_view v left join group_snapshot s on s.group_id = v.group_id
                        where v.model = :model and s.version is distinct from v.version
                        order by v.group_id limit :limit
                        """)
                .param("model", GroupReadModels.MODEL)
                .param("limit", PAGE)
                .query((row, n) -> new Row(
                        json.readValue(row.getString("state"), GroupState.class),
                        row.getTimestamp("latest").toInstant()))
                .list();
        List<CompletableFuture<Void>> sent = new ArrayList<>();
        for (Row row : changed) {
            sent.add(send(of(row.state(), row.latest())));
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
                .orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .join();
        jdbc.sql("""
                        insert into group_snapshot (group_id, version)
                        select * from unnest(:groups::text[], :versions::bigint[])
                        on conflict (group_id) do update set version = excluded.version
                        """)
                .param(
                        "groups",
                        changed.stream().map(row -> row.state().groupId()).toArray(String[]::new))
                .param(
                        "versions",
                        changed.stream().map(row -> row.state().version()).toArray(Long[]::new))
                .update();
        PUBLISHED.inc(changed.size());
        return changed.size();
    }

    private CompletableFuture<Void> send(ClusterGroupSnapshot snapshot) {
        String place = snapshot.groupId() + "/" + snapshot.epoch() + "/" + snapshot.sequence();
        return messages.publish(
                Topics.CLUSTER_GROUP_SNAPSHOTS,
                snapshot.groupId(),
                snapshot,
                new Envelope(
                        UUID.nameUUIDFromBytes(("snapshot/" + place).getBytes(StandardCharsets.UTF_8))
                                .toString(),
                        messages.source(),
                        snapshot.groupId(),
                        snapshot.at(),
                        snapshot.epoch(),
                        snapshot.sequence(),
                        null,
                        null,
                        null,
                        null));
    }

    /** What others may know of a state. */
    static ClusterGroupSnapshot of(GroupState state, Instant at) {
        SortedMap<String, ClusterGroupSnapshot.Cluster> clusters = new TreeMap<>();
        if (!state.deleted()) {
            state.clusters().forEach((name, cluster) -> {
                Manifest manifest = cluster.manifest();
                clusters.put(
                        name,
                        new ClusterGroupSnapshot.Cluster(
                                cluster.strategy().status(),
                                cluster.strategy().id(),
                                manifest == null ? null : manifest.version(),
                                cluster.instances()));
            });
        }
        return new ClusterGroupSnapshot(
                state.groupId(),
                state.epoch(),
                state.version(),
                state.application(),
                state.environment(),
                state.deleted(),
                state.tableVersion(),
                clusters,
                state.upgrade() == null ? null : running(state.upgrade()),
                at);
    }

    private static ClusterGroupSnapshot.Running running(Upgrade upgrade) {
        Release from = upgrade.plan().from();
        return new ClusterGroupSnapshot.Running(
                upgrade.upgradeId(),
                upgrade.plan().mode(),
                from == null ? null : from.cluster(),
                upgrade.plan().to().cluster(),
                upgrade.plan().to().manifest().version(),
                upgrade.position().step(),
                upgrade.plan().steps().size(),
                upgrade.current().title(),
                upgrade.position().paused(),
                upgrade.position().aborting());
    }
}
