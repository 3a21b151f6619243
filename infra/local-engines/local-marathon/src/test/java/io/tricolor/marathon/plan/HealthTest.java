package io.tricolor.marathon.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.marathon.app.AppDefinition.HealthCheck;
import io.tricolor.marathon.app.AppDefinition.Protocol;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HealthTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void failures_in_the_grace_period_do_not_count() {
        Health.Verdict verdict = Health.UNKNOWN.failed("no", START.plusSeconds(5), START, check(1));
        assertThat(verdict.kill()).isFalse();
        assertThat(verdict.health().consecutiveFailures()).isZero();
        assertThat(verdict.health().alive()).isFalse();
        assertThat(verdict.health().lastFailureCause()).isEqualTo("no");
    }

    @Test
    void after_the_first_success_they_count_even_in_the_grace_period() {
        Health healthy = Health.UNKNOWN.succeeded(START.plusSeconds(1));
        assertThat(healthy.failed("no", START.plusSeconds(2), START, check(3))
                        .health()
                        .consecutiveFailures())
                .isEqualTo(1);
    }

    @Test
    void the_kill_falls_on_the_failure_after_the_allowed_ones() {
        Health health = Health.UNKNOWN.succeeded(START);
        for (int i = 1; i <= 3; i++) {
            Health.Verdict verdict = health.failed("no", START.plusSeconds(60), START, check(3));
            assertThat(verdict.kill()).as("failure %s", i).isFalse();
            health = verdict.health();
        }
        assertThat(health.failed("no", START.plusSeconds(60), START, check(3)).kill())
                .isTrue();
        assertThat(health.failed("no", START.plusSeconds(60), START, check(0)).kill())
                .isFalse();
    }

    @Test
    void a_success_forgets_the_failures() {
        Health health = Health.UNKNOWN
                .succeeded(START)
                .failed("no", START, START, check(3))
                .health();
        assertThat(health.succeeded(START.plusSeconds(1)).consecutiveFailures()).isZero();
        assertThat(health.succeeded(START.plusSeconds(1)).firstSuccess()).isEqualTo(START);
    }

    private static HealthCheck check(int maxConsecutiveFailures) {
        return new HealthCheck(
                Protocol.HTTP,
                "/",
                0,
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                maxConsecutiveFailures,
                null);
    }
}
