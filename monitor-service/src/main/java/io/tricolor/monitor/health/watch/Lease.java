package io.tricolor.monitor.health.watch;

import io.prometheus.client.Gauge;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.monitor.registry.MonitorProperties;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Which instance of the service observes: the one that has the lease, a row in the database that it renews. Time is the
 * database's; an instance itself counts from before it asked, so its lease is over for it before it is over for the
 * others.
 */
@Component
public class Lease implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Lease.class);

    private static final String NAME = "health-watch";
    private static final int RENEWALS = 4;

    private static final Gauge HELD = Gauge.build(
                    "tricolor_monitor_leads_boolean", "1 while this instance is the one that observes")
            .register();

    private final JdbcClient jdbc;
    private final Duration time;
    private final Loop loop;
    private final String holder = UUID.randomUUID().toString();
    private volatile boolean held;
    private volatile long until;

    Lease(JdbcClient jdbc, MonitorProperties properties, ProgressWatch watch) {
        this.jdbc = jdbc;
        this.time = properties.lease();
        this.loop = Loop.named("monitor-lease", this::renew)
                .every(time.dividedBy(RENEWALS))
                .backOff(Duration.ofMillis(200), Duration.ofSeconds(1))
                .build(watch);
    }

    /** Whether this instance may act now. */
    public boolean isHeld() {
        return held && System.nanoTime() - until < 0;
    }

    /** Takes the lease when it is free, or keeps it. */
    void renew() {
        long asked = System.nanoTime();
        int rows = jdbc.sql("""
                        insert into monitor_lease (name, holder, until)
                        values (:name, :holder, clock_timestamp() + :millis * interval '1 millisecond')
                        on conflict (name) do update set holder = excluded.holder, until = excluded.until
                        where monitor_lease.holder = excluded.holder or monitor_lease.until < clock_timestamp()
                        """)
                .param("name", NAME)
                .param("holder", holder)
                .param("millis", time.toMillis())
                .update();
        boolean before = isHeld();
        until = asked + time.toNanos();
        held = rows == 1;
        HELD.set(held ? 1 : 0);
        if (held != before) {
            log.info(held ? "this instance observes" : "another instance observes");
        }
    }

    @Override
    public void start() {
        loop.start();
    }

    /** Hands on at once. */
    @Override
    public void stop() {
        loop.stop();
        held = false;
        HELD.set(0);
        jdbc.sql("delete from monitor_lease where name = :name and holder = :holder")
                .param("name", NAME)
                .param("holder", holder)
                .update();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    /** Stopped after what acts under it. */
    @Override
    public int getPhase() {
        return SmartLifecycle.DEFAULT_PHASE - 1;
    }
}
