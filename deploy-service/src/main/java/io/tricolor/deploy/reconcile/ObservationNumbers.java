package io.tricolor.deploy.reconcile;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Numbers of observations. They rise over restarts and from one instance to the other. The sequence begins at the time in milliseconds at
 * which the first number is taken, and never below the last one: a database that was restored from a backup goes on above
 * the numbers that were given out after it. Blocking.
 */
@Component
class ObservationNumbers {

    private final JdbcClient jdbc;
    private volatile boolean begun;

    ObservationNumbers(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** The next number, higher than all before. */
    long next() {
        if (!begun) {
            jdbc.sql("""
                            select setval('observation_number', greatest(
                                nextval('observation_number'), (extract(epoch from clock_timestamp()) * 1000)::bigint))
                            """).query(Long.class).single();
            begun = true;
        }
        return jdbc.sql("select nextval('observation_number')")
                .query(Long.class)
                .single();
    }
}
