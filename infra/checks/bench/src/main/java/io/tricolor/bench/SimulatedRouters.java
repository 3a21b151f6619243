package io.tricolor.bench;

import io.tricolor.contracts.router.TableIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Many routers in this process, and how long a table takes to all of them. */
final class SimulatedRouters implements AutoCloseable, SimulatedRouter.Listener {

    private final List<SimulatedRouter> routers = new ArrayList<>();
    private final Map<String, Watch> watches = new ConcurrentHashMap<>();

    /** One table of a group on its way to all routers. */
    private static final class Watch {

        private final long version;
        private final CountDownLatch applied;
        private final CountDownLatch reported;
        private volatile long appliedNanos;
        private volatile long reportedNanos;

        Watch(long version, int routers) {
            this.version = version;
            this.applied = new CountDownLatch(routers);
            this.reported = new CountDownLatch(routers);
        }
    }

    /**
     * How long a table took.
     *
     * @param appliedMillis until the last router had applied it
     * @param reportedMillis until the report of the last one was answered
     */
    record Way(double appliedMillis, double reportedMillis) {}

    static SimulatedRouters start(ScaleWorld world, int count) {
        SimulatedRouters all = new SimulatedRouters();
        Map<Object, Object> shared = new ConcurrentHashMap<>();
        for (int i = 1; i <= count; i++) {
            String id = "bench-" + i;
            all.routers.add(new SimulatedRouter(id, world.router(id), shared, all));
        }
        all.routers.forEach(SimulatedRouter::start);
        return all;
    }

    List<SimulatedRouter> routers() {
        return routers;
    }

    long failures() {
        return routers.stream().mapToLong(SimulatedRouter::failures).sum();
    }

    /** Waits until every router has so many tables; answers how many seconds that took. */
    double awaitTables(int groups, Duration patience) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (routers.stream().anyMatch(router -> router.tables().size() < groups)) {
            if (System.nanoTime() - begun > patience.toNanos()) {
                throw new IOException("after " + patience.toSeconds() + " s a router has "
                        + routers.stream()
                                .mapToInt(router -> router.tables().size())
                                .min()
                                .orElse(0)
                        + " tables of " + groups);
            }
            Thread.sleep(20);
        }
        return (System.nanoTime() - begun) / 1e9;
    }

    /** Sends the command, which makes the next table of the group, and waits until all routers have reported it. */
    Way time(StrategyApi api, String group, String command, Duration patience)
            throws IOException, InterruptedException {
        TableIdentity newest = routers.getFirst().tables().getOrDefault(group, TableIdentity.NONE);
        Watch watch = new Watch(newest.version() + 1, routers.size());
        watches.put(group, watch);
        try {
            long begun = System.nanoTime();
            api.put("/api/groups/" + group + "/route-strategy", command);
            if (!watch.reported.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(watch.applied.getCount() + " routers have not applied a table of " + group
                        + " after " + patience.toSeconds() + " s, and " + watch.reported.getCount()
                        + " have not reported it");
            }
            return new Way((watch.appliedNanos - begun) / 1e6, (watch.reportedNanos - begun) / 1e6);
        } finally {
            watches.remove(group);
        }
    }

    @Override
    public void applied(String group, TableIdentity table) {
        Watch watch = watches.get(group);
        if (watch != null && table.version() == watch.version) {
            synchronized (watch) {
                watch.appliedNanos = System.nanoTime();
            }
            watch.applied.countDown();
        }
    }

    @Override
    public void reported(String group, TableIdentity table) {
        Watch watch = watches.get(group);
        if (watch != null && table.version() == watch.version) {
            synchronized (watch) {
                watch.reportedNanos = System.nanoTime();
            }
            watch.reported.countDown();
        }
    }

    /** Groups of which a router has another table than these. */
    Set<String> wrong(Map<String, TableIdentity> truth) {
        Set<String> wrong = new HashSet<>();
        for (SimulatedRouter router : routers) {
            truth.forEach((group, table) -> {
                if (!table.equals(router.tables().get(group))) {
                    wrong.add(group);
                }
            });
        }
        return wrong;
    }

    @Override
    public void close() {
        routers.forEach(SimulatedRouter::stop);
    }
}
