package io.tricolor.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.RouteStrategy;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RouteTable} made ready for decisions. Immutable and free of locks, clock and random; any number of threads
 * may ask it.
 *
 * <p>A router takes the reference of the compiled table <em>once per request</em>, at its first step, and keeps it
 * until the answer is written: choosing the cluster by one table and the instance by the next sends requests to
 * clusters that no longer take any. It counts the request as in flight before it takes that reference, or a drained
 * cluster could still get it.
 *
 * <p>The decision, for one called service:
 *
 * <ol>
 *   <li>A cluster is usable when it is not RED and has a healthy instance of the service.
 *   <li>A rule matches when it says all; or when there is an id and the id is listed, or lies in a closed interval,
 *       both in the rule or in a list that it refers to, or {@code murmur3(group + ":" + id) mod 10000 < percent *
 *       100}. The bucket of an id does not depend on the percent, so raising it only adds ids.
 *   <li>The usable YELLOW clusters that match; if there are none, the usable GREEN ones that match; if there are none,
 *       nobody. Never RED.
 *   <li>Several of them are weighted by their healthy instances. With affinity ID and an id: every cluster draws one
 *       ticket {@code murmur3(cluster + ":" + i + ":" + id)} for each i from 0 below its healthy instances, and the
 *       cluster with the highest unsigned ticket takes the request (equal: the first by name). All tickets are alike,
 *       so a cluster wins in exactly the proportion of its tickets; and a ticket that comes or goes changes the winner
 *       only of ids for which it is the highest, so an added instance only draws ids to its cluster and a removed one
 *       only gives its own away. Without an id or with affinity NONE: {@code entropy mod (sum of the weights)}, both
 *       unsigned, falls to the clusters in order of their names.
 * </ol>
 *
 * <p>A request that comes from an instance of another service may name a lane: the cluster of this group that an
 * earlier hop went to. When that cluster is usable it takes the request, whatever its rule says. When it is not, the
 * GREEN clusters that match come before the YELLOW ones: a request that left its lane is not to be tried on another
 * release. Only when no GREEN one is usable is it decided as if there were no lane.
 *
 * <p>Where exactly one YELLOW cluster has a percent, of at most half of the ids, and names nobody besides, a decision
 * says of which {@link Cohort} the request is, if of any: {@code bucket < percent * 100}, taken by that cluster, or
 * {@code bucket >= 10000 - percent * 100}, taken by a GREEN one. Both grow with the percent and lose nobody by it. A
 * request in a lane, or one that fell back, is of neither. Nothing is routed by it.
 */
public final class CompiledTable {

    private final RouteTable table;
    private final CompiledCluster[] yellow;
    private final CompiledCluster[] green;
    private final byte[] saltPrefix;
    private final boolean usesPercent;

    /**
     * Name of the cluster whose users are a random sample, null: there is none; and the first bucket of its control.
     */
    private final @Nullable String sampled;

    private final int firstOfControl;
    private final Decision noHealthyCluster = new Decision.Unrouted(Decision.Reason.NO_HEALTHY_CLUSTER);

    private CompiledTable(RouteTable table, IdLists lists) {
        this.table = table;
        yellow = compile(table, ClusterStatus.YELLOW, lists);
        green = compile(table, ClusterStatus.GREEN, lists);
        saltPrefix = (table.group() + ":").getBytes(StandardCharsets.UTF_8);
        usesPercent = Stream.concat(Arrays.stream(yellow), Arrays.stream(green))
                .anyMatch(cluster -> cluster.rule.usesPercent());
        List<CompiledCluster> byPercent = Arrays.stream(yellow)
                .filter(cluster -> cluster.rule.usesPercent())
                .toList();
        int buckets = byPercent.size() == 1 ? byPercent.get(0).rule.sampledBuckets() : 0;
        boolean isSample = buckets > 0 && 2 * buckets <= CompiledRule.BUCKETS;
        sampled = isSample ? byPercent.get(0).name : null;
        firstOfControl = isSample ? CompiledRule.BUCKETS - buckets : CompiledRule.BUCKETS;
    }

    private static CompiledCluster[] compile(RouteTable table, ClusterStatus status, IdLists lists) {
        return table.clusters().entrySet().stream()
                .filter(cluster -> cluster.getValue().status() == status)
                .map(cluster -> new CompiledCluster(cluster.getKey(), cluster.getValue(), lists))
                .toArray(CompiledCluster[]::new);
    }

    /** A table that refers to no list; another one is refused as by {@link #of(RouteTable, IdLists)}. */
    public static CompiledTable of(RouteTable table) {
        return of(table, IdLists.NONE);
    }

    /**
     * Takes time and memory in the order of the ids and intervals; not for an event loop.
     *
     * @param lists asked once for each list that the table refers to, also for those of a RED cluster
     * @throws Rejected as {@link IdLists#content}: without its lists a table would route differently
     */
    public static CompiledTable of(RouteTable table, IdLists lists) {
        Map<IdList, ListContent> contents = new HashMap<>();
        for (IdList reference : table.referencedLists()) {
            ListContent content = lists.content(reference);
            if (!content.reference().equals(reference)) {
                throw new IllegalStateException("asked for " + reference + ", got " + content.reference());
            }
            contents.put(reference, content);
        }
        return new CompiledTable(table, reference -> Objects.requireNonNull(contents.get(reference)));
    }

    public RouteTable table() {
        return table;
    }

    /**
     * Decides one request.
     *
     * @param id null when the request has none
     * @param service the called service
     * @param healthy asked once for each cluster that matches
     * @param entropy any int64, drawn anew for each request; used only when several clusters match and no id decides
     */
    public Decision decide(@Nullable RequestId id, String service, HealthyInstances healthy, long entropy) {
        return decide(id, service, healthy, entropy, null);
    }

    /**
     * Decides a request that may be in a lane.
     *
     * @param id null when the request has none
     * @param service the called service
     * @param healthy asked once for each cluster that matches, and for the cluster of the lane
     * @param entropy any int64, drawn anew for each request; used only when several clusters match and no id decides
     * @param lane cluster of this group that an earlier hop went to; null when there is none, or when it is not to be
     *     trusted
     */
    public Decision decide(
            @Nullable RequestId id, String service, HealthyInstances healthy, long entropy, @Nullable String lane) {
        int bucket = id != null && usesPercent ? bucket(id) : CompiledRule.BUCKETS;
        if (lane != null) {
            CompiledCluster wanted = notRed(lane);
            if (wanted != null && healthy.count(lane, service) > 0) {
                return wanted.decision(Decision.Reason.LANE);
            }
            Candidates greens = new Candidates(green, id, bucket, service, healthy);
            if (greens.usable > 0) {
                return greens.clusters[winner(greens, id, entropy)].decision(Decision.Reason.FALLBACK);
            }
        }
        Candidates yellows = new Candidates(yellow, id, bucket, service, healthy);
        if (yellows.usable > 0) {
            int winner = winner(yellows, id, entropy);
            boolean isCanary =
                    yellow[winner].name.equals(sampled) && yellows.reasons[winner] == Decision.Reason.PERCENT;
            return isCanary ? yellow[winner].canary : yellows.decision(winner);
        }
        Candidates greens = new Candidates(green, id, bucket, service, healthy);
        if (greens.usable > 0) {
            int winner = winner(greens, id, entropy);
            if (yellows.matched) {
                return green[winner].decision(Decision.Reason.FALLBACK);
            }
            return id != null && sampled != null && bucket >= firstOfControl
                    ? green[winner].control(greens.reasons[winner])
                    : greens.decision(winner);
        }
        return noHealthyCluster;
    }

    private @Nullable CompiledCluster notRed(String name) {
        for (CompiledCluster[] colour : List.of(yellow, green)) {
            for (CompiledCluster cluster : colour) {
                if (cluster.name.equals(name)) {
                    return cluster;
                }
            }
        }
        return null;
    }

    private int bucket(RequestId id) {
        byte[] key = Arrays.copyOf(saltPrefix, saltPrefix.length + id.utf8().length);
        System.arraycopy(id.utf8(), 0, key, saltPrefix.length, id.utf8().length);
        return Integer.remainderUnsigned(Murmur3.hash(key, key.length), CompiledRule.BUCKETS);
    }

    private int winner(Candidates candidates, @Nullable RequestId id, long entropy) {
        if (candidates.usable == 1) {
            return candidates.only;
        }
        return id != null && table.affinity() == Affinity.ID
                ? highestTicket(candidates, id)
                : weighted(candidates, entropy);
    }

    private static int highestTicket(Candidates candidates, RequestId id) {
        int winner = -1;
        int highest = 0;
        for (int c = 0; c < candidates.clusters.length; c++) {
            int tickets = candidates.weights[c];
            if (tickets == 0) {
                continue;
            }
            Ticket ticket = new Ticket(candidates.clusters[c].keyPrefix, id.utf8());
            for (int i = 0; i < tickets; i++) {
                int score = ticket.score(i);
                if (winner < 0 || Integer.compareUnsigned(score, highest) > 0) {
                    winner = c;
                    highest = score;
                }
            }
        }
        return winner;
    }

    private static int weighted(Candidates candidates, long entropy) {
        long total = 0;
        for (int weight : candidates.weights) {
            total += weight;
        }
        long point = Long.remainderUnsigned(entropy, total);
        for (int c = 0; c < candidates.weights.length; c++) {
            point -= candidates.weights[c];
            if (point < 0) {
                return c;
            }
        }
        throw new IllegalStateException("weights changed while they were summed up");
    }

    /** The clusters of one colour as one request meets them. */
    private static final class Candidates {

        private final CompiledCluster[] clusters;
        private final int[] weights;
        private final Decision.Reason[] reasons;
        private boolean matched;
        private int usable;
        private int only;

        Candidates(
                CompiledCluster[] clusters,
                @Nullable RequestId id,
                int bucket,
                String service,
                HealthyInstances healthy) {
            this.clusters = clusters;
            weights = new int[clusters.length];
            reasons = new Decision.Reason[clusters.length];
            for (int c = 0; c < clusters.length; c++) {
                Decision.Reason reason = clusters[c].rule.match(id, bucket);
                if (reason == null) {
                    continue;
                }
                matched = true;
                int instances = healthy.count(clusters[c].name, service);
                if (instances > 0) {
                    weights[c] = instances;
                    reasons[c] = reason;
                    only = c;
                    usable++;
                }
            }
        }

        Decision decision(int winner) {
            return clusters[winner].decision(reasons[winner]);
        }
    }

    /** A cluster with its rule and the decisions that can fall on it, made once. */
    private static final class CompiledCluster {

        private final String name;
        private final CompiledRule rule;
        private final byte[] keyPrefix;
        private final Map<Decision.Reason, Decision> decisions = new EnumMap<>(Decision.Reason.class);
        private final Map<Decision.Reason, Decision> controls = new EnumMap<>(Decision.Reason.class);
        private final Decision canary;

        CompiledCluster(String name, RouteStrategy strategy, IdLists lists) {
            this.name = name;
            rule = new CompiledRule(strategy.id(), lists);
            keyPrefix = (name + ":").getBytes(StandardCharsets.UTF_8);
            for (Decision.Reason reason : Decision.Reason.values()) {
                decisions.put(reason, new Decision.Routed(name, strategy.status(), reason));
                controls.put(reason, new Decision.Routed(name, strategy.status(), reason, Cohort.CONTROL));
            }
            canary = new Decision.Routed(name, strategy.status(), Decision.Reason.PERCENT, Cohort.CANARY);
        }

        Decision decision(Decision.Reason reason) {
            return Objects.requireNonNull(decisions.get(reason));
        }

        Decision control(Decision.Reason reason) {
            return Objects.requireNonNull(controls.get(reason));
        }
    }

    /** Builds the keys {@code cluster:i:id} in one buffer. */
    private static final class Ticket {

        private static final int LONGEST_INDEX = 10;

        private final byte[] key;
        private final int indexAt;
        private final byte[] id;

        Ticket(byte[] prefix, byte[] id) {
            this.id = id;
            indexAt = prefix.length;
            key = Arrays.copyOf(prefix, prefix.length + LONGEST_INDEX + 1 + id.length);
        }

        int score(int index) {
            int digits = 1;
            for (int rest = index / 10; rest > 0; rest /= 10) {
                digits++;
            }
            int rest = index;
            for (int at = indexAt + digits - 1; at >= indexAt; at--) {
                key[at] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
            int idAt = indexAt + digits + 1;
            key[idAt - 1] = ':';
            System.arraycopy(id, 0, key, idAt, id.length);
            return Murmur3.hash(key, idAt + id.length);
        }
    }
}
