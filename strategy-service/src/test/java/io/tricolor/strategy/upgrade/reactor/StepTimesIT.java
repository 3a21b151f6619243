package io.tricolor.strategy.upgrade.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.tricolor.engines.testing.SharedEngines;
import java.time.Duration;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Times of steps in the database, as two instances of the service count them. */
class StepTimesIT {

    private static HikariDataSource database;
    private static JdbcClient jdbc;

    @BeforeAll
    static void migrate() {
        database = new HikariDataSource();
        database.setJdbcUrl(SharedEngines.freshDatabase("steptimes"));
        database.setUsername("tricolor");
        database.setPassword("tricolor");
        database.setMaximumPoolSize(2);
        Flyway.configure().dataSource(database).load().migrate();
        jdbc = JdbcClient.create(database);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Test
    void count_on_in_an_instance_that_takes_over_and_from_zero_for_the_next_step() {
        StepTimes first = new StepTimes(jdbc);
        StepTimes second = new StepTimes(jdbc);
        assertThat(first.of("shop", 7)).isZero();
        await().until(() -> first.of("shop", 7).toMillis() > 0 && stored().toMillis() > 0);
        Duration sum = stored();

        assertThat(second.of("shop", 7)).as("reads the sum of the first").isEqualTo(sum);
        long secondBegan = System.nanoTime();
        jdbc.sql("update step_time set counted_at = counted_at - interval '1 minute'")
                .update();
        await().until(() -> second.of("shop", 7).compareTo(sum) > 0);
        assertThat(second.of("shop", 7))
                .as("what passed while nobody counted is left out")
                .isLessThanOrEqualTo(sum.plusNanos(System.nanoTime() - secondBegan));

        assertThat(second.of("shop", 8)).isZero();
        StepTimes third = new StepTimes(jdbc);
        assertThat(third.of("shop", 7))
                .as("what was counted of the step before is forgotten")
                .isZero();
    }

    private static Duration stored() {
        return Duration.ofMillis(jdbc.sql("select elapsed_ms from step_time where group_id = 'shop'")
                .query(Long.class)
                .single());
    }
}
