package io.tricolor.monitor.health.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.monitor.registry.MonitorProperties;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Two instances on one real PostgreSQL. */
class LeaseIT {

    private static final MonitorProperties PROPERTIES = new MonitorProperties(
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            2,
            Duration.ofSeconds(5),
            Duration.ofHours(1),
            100,
            Duration.ofSeconds(3),
            Set.of(),
            Duration.ofDays(30),
            null,
            null);

    @Test
    void another_instance_takes_over_from_one_that_renews_no_more_and_never_are_there_two() throws Exception {
        JdbcClient jdbc = JdbcClient.create(
                new DriverManagerDataSource(SharedEngines.freshDatabase("lease"), "tricolor", "tricolor"));
        jdbc.sql(new ClassPathResource("db/migration/V2__lease.sql").getContentAsString(StandardCharsets.UTF_8))
                .update();
        Lease killed = new Lease(jdbc, PROPERTIES, new ProgressWatch(ProgressWatch.LIMIT));
        Lease other = new Lease(jdbc, PROPERTIES, new ProgressWatch(ProgressWatch.LIMIT));
        killed.renew();
        assertThat(killed.isHeld()).isTrue();
        other.renew();
        assertThat(other.isHeld()).isFalse();

        other.start();
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    boolean second = other.isHeld();
                    assertThat(second && killed.isHeld()).isFalse();
                    return second;
                });
        killed.renew();
        assertThat(killed.isHeld()).isFalse();

        other.stop();
        assertThat(other.isHeld()).isFalse();
        killed.renew();
        assertThat(killed.isHeld()).isTrue();
    }
}
