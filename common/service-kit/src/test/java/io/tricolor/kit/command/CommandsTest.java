package io.tricolor.kit.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.concurrent.atomic.AtomicInteger;
import org.axonframework.commandhandling.SimpleCommandBus;
import org.axonframework.commandhandling.gateway.DefaultCommandGateway;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.Test;

/** Commands whose stream grew while they were decided. */
class CommandsTest {

    private static final CommandContext ANY_VERSION = CommandContext.ofService("tester", null, null);

    private final SimpleCommandBus bus = SimpleCommandBus.builder().build();
    private final Commands commands =
            new Commands(DefaultCommandGateway.builder().commandBus(bus).build());
    private final AtomicInteger decided = new AtomicInteger();

    @Test
    void are_decided_again_when_they_named_no_version() {
        loseFirst(3);
        assertThat(commands.<Integer>sendAndWait("command", ANY_VERSION)).isEqualTo(4);
        decided.set(0);
        assertThat(commands.<Integer>send("command", ANY_VERSION).block()).isEqualTo(4);
    }

    @Test
    void are_refused_as_a_conflict_when_they_lose_again_and_again() {
        loseFirst(1_000);
        assertThatThrownBy(() -> commands.<Object>sendAndWait("command", ANY_VERSION))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(Code.CONCURRENT_CHANGE));
        assertThat(decided).hasValue(LostRaces.ATTEMPTS);
        assertThatThrownBy(() -> commands.<Object>send("command", ANY_VERSION).block())
                .isInstanceOf(Rejected.class);
        assertThat(decided).hasValue(2 * LostRaces.ATTEMPTS);
    }

    @Test
    void are_decided_once_when_they_named_a_version_or_failed_otherwise() {
        loseFirst(1);
        CommandContext seven = CommandContext.ofRequest("ann", "trace", null, null, 7L);
        assertThatThrownBy(() -> commands.<Object>sendAndWait("command", seven))
                .isInstanceOf(ConcurrencyException.class);
        decided.set(0);
        assertThatThrownBy(() -> commands.<Object>send("command", seven).block())
                .isInstanceOf(ConcurrencyException.class);
        assertThat(decided).hasValue(1);
        bus.subscribe("java.lang.String", message -> {
            decided.incrementAndGet();
            throw new IllegalStateException("broken");
        });
        decided.set(0);
        assertThatThrownBy(() -> commands.<Object>sendAndWait("command", ANY_VERSION))
                .hasMessageContaining("broken");
        assertThat(decided).hasValue(1);
    }

    private void loseFirst(int times) {
        bus.subscribe("java.lang.String", message -> {
            int decision = decided.incrementAndGet();
            if (decision <= times) {
                throw new ConcurrencyException("somebody else was faster");
            }
            return decision;
        });
    }
}
