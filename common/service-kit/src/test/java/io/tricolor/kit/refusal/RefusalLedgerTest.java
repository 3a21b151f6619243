package io.tricolor.kit.refusal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tricolor.contracts.audit.AttemptRefused;
import io.tricolor.contracts.audit.AttemptsSuppressed;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RefusalLedgerTest {

    private static final Instant NOW = Instant.parse("2026-01-15T14:00:00Z");

    private final RefusalLedger ledger = new RefusalLedger("strategy-service");

    @Test
    void records_the_first_of_each_actor_and_counts_the_others() {
        assertThat(taken("vera", 1_000)).isEqualTo(RefusalLedger.OF_ONE);
        assertThat(taken("olga", 3)).isEqualTo(3);
        assertThat(taken(null, 25)).isEqualTo(RefusalLedger.OF_ONE);
        List<AttemptsSuppressed> sums = ledger.sum(NOW.plusSeconds(60));
        assertThat(sums)
                .extracting(AttemptsSuppressed::actor, sum -> Map.copyOf(sum.count()))
                .containsExactly(tuple("vera", Map.of("FORBIDDEN", 980L)), tuple(null, Map.of("FORBIDDEN", 5L)));
        assertThat(ledger.sum(NOW)).isEmpty();
        assertThat(taken("vera", 1)).as("begins anew after a sum").isEqualTo(1);
    }

    @Test
    void leaves_a_bounded_trace_of_a_flood_and_loses_no_count() {
        long recorded = IntStream.range(0, 5_000)
                .filter(i -> taken("robot-" + i, 4) > 0)
                .mapToLong(i -> 1)
                .sum();
        assertThat(recorded).isLessThanOrEqualTo(RefusalLedger.OF_ALL);
        List<AttemptsSuppressed> sums = ledger.sum(NOW);
        assertThat(sums).hasSizeLessThanOrEqualTo(RefusalLedger.ACTORS + 1);
        long counted = sums.stream()
                .flatMap(sum -> sum.count().values().stream())
                .mapToLong(Long::longValue)
                .sum();
        assertThat(counted).isBetween(20_000L - RefusalLedger.OF_ALL, 20_000L);
    }

    private int taken(@Nullable String actor, int times) {
        int taken = 0;
        for (int i = 0; i < times; i++) {
            if (ledger.takes(new AttemptRefused(
                    "strategy-service", actor, null, "POST", "/api/groups", 403, "FORBIDDEN", "0".repeat(32), NOW))) {
                taken++;
            }
        }
        return taken;
    }
}
