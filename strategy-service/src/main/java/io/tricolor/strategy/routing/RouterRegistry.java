package io.tricolor.strategy.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * The routers that are known and what each last said of its groups. A router that falls silent stays known, and is
 * waited for, until it
 * signs off or a person evicts it; time is measured by the clock of the database alone. Blocking.
 */
@Component
public class RouterRegistry {

    /** How long a router may say nothing before it counts as silent. */
    public static final Duration SILENT_AFTER = Duration.ofSeconds(10);

    private static final String SILENT =
            "clock_timestamp() - r.reported_at > make_interval(secs => " + SILENT_AFTER.toSeconds() + ")";

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final GroupNotifications notifications;
    private final RouterAcks acks;
    private final JsonMapper json = ContractsJson.mapper();

    /** Groups that are known to have had a router; that does not end. */
    private final Set<String> haveHadRouters = ConcurrentHashMap.newKeySet();

    RouterRegistry(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            GroupNotifications notifications,
            RouterAcks acks) {
        this.jdbc = jdbc;
        this.acks = acks;
        this.transaction = new TransactionTemplate(transactions);
        this.notifications = notifications;
    }

    /**
     * A router and what its reports come to.
     *
     * @param reportedAt when the last one came in, by the clock of the database
     * @param silent whether it has said nothing for longer than {@link #SILENT_AFTER}
     */
    public record KnownRouter(RouterReport report, Instant reportedAt, boolean silent) {}

    /**
     * Last report of a boot.
     *
     * @param isRoundOpen whether the last part of its round is still to come
     */
    private record Last(String bootId, long sequence, long round, boolean isRoundOpen) {}

    /** What a report changed. */
    private record Taken(boolean resync, Set<String> changed, List<String> marked) {}

    /**
     * Takes in a report. One that comes late is dropped.
     *
     * @return whether the router is to send all of its groups: its boot did not begin with a full round
     */
    public boolean take(RouterReport report) {
        Taken taken = transaction.execute(status -> takeNow(report));
        haveHadRouters.addAll(taken.marked());
        taken.changed().forEach(notifications::groupChanged);
        return taken.resync();
    }

    private Taken takeNow(RouterReport report) {
        Last last = jdbc.sql("""
                        select boot_id, sequence, round, round_groups is not null from router
                        where router_id = :router for update
                        """)
                .param("router", report.routerId())
                .query((row, n) -> new Last(row.getString(1), row.getLong(2), row.getLong(3), row.getBoolean(4)))
                .optional()
                .orElse(null);
        Last same = last != null && last.bootId().equals(report.bootId()) ? last : null;
        if (same != null && report.sequence() <= same.sequence()) {
            return new Taken(false, Set.of(), List.of());
        }
        long round = report.round() > 0 ? report.round() : same == null ? 0 : same.round();
        boolean goesOn = same != null && same.isRoundOpen() && round == same.round();
        Set<String> changed = new TreeSet<>();
        if (!report.groups().isEmpty()) {
            changed.addAll(storeGroups(report));
            if (!changed.isEmpty()) {
                acks.keep(report, changed);
            }
        }
        List<String> marked = mark(changed);
        if (report.round() > 0 && report.last()) {
            changed.addAll(forgetOthers(report, goesOn));
        }
        store(report, round, goesOn);
        if (same != null && marked.isEmpty()) {
            // A report that a crash of the database takes away comes again; nobody waits for the disk because of it.
            jdbc.sql("set local synchronous_commit to off").update();
        }
        return new Taken(same == null && report.round() == 0, changed, marked);
    }

    /** Groups of the router that were in no part of its round, or are of a boot before. */
    private List<String> forgetOthers(RouterReport report, boolean goesOn) {
        return jdbc.sql("""
                        delete from router_group g
                        where router_id = :router and (boot_id <> :boot or not exists (
                            select 1 from unnest(:groups::text[] || (
                                    select case when :goesOn then round_groups end from router where router_id = :router))
                                n(group_id)
                            where n.group_id = g.group_id))
                        returning group_id
                        """)
                .param("router", report.routerId())
                .param("boot", report.bootId())
                .param("groups", report.groups().keySet().toArray(String[]::new))
                .param("goesOn", goesOn)
                .query(String.class)
                .list();
    }

    private void store(RouterReport report, long round, boolean goesOn) {
        boolean isOpen = report.round() > 0 ? !report.last() : goesOn;
        jdbc.sql("""
                        insert into router as r
                            (router_id, boot_id, kind, address, reported_at, sequence, round, round_groups)
                        values (:router, :boot, :kind, :address, clock_timestamp(), :sequence, :round,
                            case when :isOpen then :groups::text[] end)
                        on conflict (router_id) do update set boot_id = excluded.boot_id, kind = excluded.kind,
                            address = excluded.address, reported_at = excluded.reported_at,
                            sequence = excluded.sequence, round = excluded.round,
                            round_groups = case when :appends then r.round_groups || excluded.round_groups
                                else excluded.round_groups end
                        """)
                .param("router", report.routerId())
                .param("boot", report.bootId())
                .param("kind", report.kind())
                .param("address", report.address())
                .param("sequence", report.sequence())
                .param("round", round)
                .param("isOpen", isOpen)
                .param("appends", goesOn && isOpen)
                .param("groups", isOpen ? report.groups().keySet().toArray(String[]::new) : new String[0])
                .update();
    }

    /** The groups of which something else is reported than before. */
    private List<String> storeGroups(RouterReport report) {
        List<String> changed = jdbc.sql("""
                        with said as materialized (select key, value from jsonb_each(:groups::jsonb)),
                            changed as (
                                select s.key, s.value from said s
                                    left join router_group k on k.router_id = :router and k.group_id = s.key
                                where k.router_id is null or k.boot_id <> :boot or k.report <> s.value)
                        insert into router_group (router_id, group_id, boot_id, report)
                        select :router, key, :boot, value from changed
                        on conflict (router_id, group_id) do update
                            set boot_id = excluded.boot_id, report = excluded.report
                        returning group_id
                        """)
                .param("groups", json.writeValueAsString(report.groups()))
                .param("router", report.routerId())
                .param("boot", report.bootId())
                .query(String.class)
                .list();
        return changed;
    }

    /** Marks groups that have a router for the first time; answers which. */
    private List<String> mark(Set<String> reported) {
        List<String> unmarked = reported.stream()
                .filter(group -> !haveHadRouters.contains(group))
                .toList();
        if (!unmarked.isEmpty()) {
            jdbc.sql("insert into group_with_routers (group_id) select unnest(:groups::text[]) on conflict do nothing")
                    .param("groups", unmarked.toArray(String[]::new))
                    .update();
        }
        return unmarked;
    }

    /** Forgets a router that has stopped serving. ROUTER_NOT_FOUND when it is not known. */
    public void signOff(String routerId) {
        List<String> groups = transaction.execute(status -> {
            int known = jdbc.sql("delete from router where router_id = :router")
                    .param("router", routerId)
                    .update();
            if (known == 0) {
                throw new Rejected(Code.ROUTER_NOT_FOUND, "no router " + routerId + " is known");
            }
            return jdbc.sql("delete from router_group where router_id = :router returning group_id")
                    .param("router", routerId)
                    .query(String.class)
                    .list();
        });
        groups.forEach(notifications::groupChanged);
    }

    /** The boot of a router, if it is known. */
    public Optional<String> bootOf(String routerId) {
        return jdbc.sql("select boot_id from router where router_id = :router")
                .param("router", routerId)
                .query(String.class)
                .optional();
    }

    /** Groups that this boot of a router has. */
    public List<String> groupsOf(String routerId, String bootId) {
        return jdbc.sql("select group_id from router_group where router_id = :router and boot_id = :boot")
                .param("router", routerId)
                .param("boot", bootId)
                .query(String.class)
                .list();
    }

    /**
     * Where a page of routers and their groups goes on.
     *
     * @param groupId of the router, that the last page ended with; empty: none
     */
    public record Place(String routerId, String groupId) {

        /** Before everything. */
        public static final Place START = new Place("", "");
    }

    /**
     * A page of known routers.
     *
     * @param routers by id; the first and the last may have more groups on the page before and after
     * @param next where the next page goes on; null on the last one
     */
    public record Page(List<KnownRouter> routers, @Nullable Place next) {}

    /** One row of a page. */
    private record Said(
            KnownRouter router,
            @Nullable String groupId,
            @Nullable String report) {}

    /** Known routers by id, each with what it says of its groups, by id; a router without groups counts as one. */
    public Page page(Place after, int limit) {
        List<Said> said = jdbc.sql("select r.*, " + SILENT + """
                         as silent, g.group_id, g.report from router r
                            left join router_group g on g.router_id = r.router_id and g.boot_id = r.boot_id
                        where r.router_id >= :router and (r.router_id > :router or g.group_id > :group)
                        order by r.router_id, g.group_id limit :limit
                        """)
                .param("router", after.routerId())
                .param("group", after.groupId())
                .param("limit", limit)
                .query((row, n) -> new Said(known(row), row.getString("group_id"), row.getString("report")))
                .list();
        SequencedMap<String, KnownRouter> routers = new LinkedHashMap<>();
        for (Said one : said) {
            String id = one.router().report().routerId();
            KnownRouter router = routers.computeIfAbsent(id, key -> one.router());
            if (one.groupId() != null && one.report() != null) {
                router.report().groups().put(one.groupId(), read(one.report()));
            }
        }
        Said last = said.size() < limit ? null : said.getLast();
        return new Page(
                List.copyOf(routers.values()),
                last == null
                        ? null
                        : new Place(last.router().report().routerId(), last.groupId() == null ? "" : last.groupId()));
    }

    /** Known routers that have a group, by id, each with what it says of that group alone. */
    public List<KnownRouter> withGroup(String groupId, String after, int limit) {
        return jdbc.sql("select r.*, " + SILENT + """
                         as silent, g.report from router_group g
                            join router r on r.router_id = g.router_id and r.boot_id = g.boot_id
                        where g.group_id = :group and g.router_id > :after
                        order by r.router_id limit :limit
                        """)
                .param("group", groupId)
                .param("after", after)
                .param("limit", limit)
                .query((row, n) -> {
                    KnownRouter router = known(row);
                    router.report().groups().put(groupId, read(row.getString("report")));
                    return router;
                })
                .list();
    }

    /** Without groups. */
    private static KnownRouter known(ResultSet row) throws SQLException {
        RouterReport report = new RouterReport(
                row.getString("router_id"),
                row.getString("boot_id"),
                row.getString("kind"),
                row.getString("address"),
                row.getLong("sequence"),
                row.getLong("round"),
                true,
                new TreeMap<>());
        return new KnownRouter(report, row.getTimestamp("reported_at").toInstant(), row.getBoolean("silent"));
    }

    /** Which of these groups have ever had a router. */
    public Set<String> everHadRouters(Collection<String> groupIds) {
        Set<String> ever = new HashSet<>(groupIds);
        ever.retainAll(haveHadRouters);
        if (ever.size() < groupIds.size()) {
            List<String> found = jdbc.sql(
                            "select group_id from group_with_routers where group_id = any(:groups::text[])")
                    .param(
                            "groups",
                            groupIds.stream().filter(id -> !ever.contains(id)).toArray(String[]::new))
                    .query(String.class)
                    .list();
            haveHadRouters.addAll(found);
            ever.addAll(found);
        }
        return ever;
    }

    /** What every known router last said of each of these groups; a group of which nothing is known is missing. */
    public Map<String, List<RouterObservation>> observations(Collection<String> groupIds) {
        Map<String, List<RouterObservation>> byGroup = new HashMap<>();
        jdbc.sql("select r.*, " + SILENT + """
                         as silent, asked.group_id, g.report
                        from router r cross join unnest(:groups::text[]) asked(group_id)
                            left join router_group g on g.router_id = r.router_id and g.boot_id = r.boot_id
                                and g.group_id = asked.group_id
                        order by r.router_id
                        """)
                .param("groups", groupIds.toArray(String[]::new))
                .query(row -> {
                    byGroup.computeIfAbsent(row.getString("group_id"), id -> new ArrayList<>())
                            .add(ofGroup(row).observation());
                });
        return byGroup;
    }

    /**
     * A router as a group sees it.
     *
     * @param reportedAt when it last reported anything
     * @param refused its report when it refuses a table of the group; null: it does not
     */
    public record RouterOfGroup(
            RouterObservation observation,
            String kind,
            Instant reportedAt,
            boolean silent,
            @Nullable GroupReport refused) {}

    /** Every known router as a group sees it, by id. */
    public List<RouterOfGroup> ofGroup(String groupId) {
        return new ArrayList<>(jdbc.sql("select r.*, " + SILENT + """
                         as silent, g.report from router r left join router_group g
                            on g.router_id = r.router_id and g.boot_id = r.boot_id and g.group_id = :group
                        order by r.router_id
                        """)
                .param("group", groupId)
                .query((row, n) -> ofGroup(row))
                .list());
    }

    private RouterOfGroup ofGroup(ResultSet row) throws SQLException {
        String text = row.getString("report");
        GroupReport report = text == null ? null : read(text);
        boolean silent = row.getBoolean("silent");
        return new RouterOfGroup(
                observation(row.getString("router_id"), row.getString("boot_id"), silent, report),
                row.getString("kind"),
                row.getTimestamp("reported_at").toInstant(),
                silent,
                report == null || report.rejection() == null ? null : report);
    }

    static RouterObservation observation(String routerId, String bootId, boolean silent, @Nullable GroupReport said) {
        GroupReport report = said == null ? GroupReport.none() : said;
        Map<String, Map<String, Set<String>>> usable = new HashMap<>();
        report.usableInstances()
                .forEach((cluster, services) -> services.forEach((service, ids) ->
                        usable.computeIfAbsent(cluster, key -> new HashMap<>()).put(service, Set.copyOf(ids))));
        Map<String, Map<String, Map<String, Integer>>> inFlight = new HashMap<>();
        report.inFlightInstances().forEach((cluster, services) -> inFlight.put(cluster, new HashMap<>(services)));
        return new RouterObservation(
                routerId,
                bootId,
                report.epoch(),
                report.version(),
                report.sha256(),
                report.incomplete(),
                silent,
                report.inFlight(),
                inFlight,
                usable);
    }

    private GroupReport read(String report) {
        return json.readValue(report, GroupReport.class);
    }
}
