package io.tricolor.config.namespace.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.config.namespace.domain.NamespaceCommand.PublishRevision;
import io.tricolor.config.namespace.domain.NamespaceCommand.RollBack;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.config.ConfigRolledBack;
import java.time.Instant;
import java.util.List;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.Test;

class NamespaceStateTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final NamespaceState TWO = new NamespaceState(List.of("one", "two"));

    @Test
    void numbers_revisions_from_one() {
        ConfigEvent first = NamespaceState.EMPTY.decide(publish("one", 0, null));
        assertThat(first).isEqualTo(new ConfigRevisionPublished("shop/dev/main", 1, "one", List.of("k"), "why", AT));
        assertThat(TWO.decide(publish("three", 2, 2L)))
                .isEqualTo(new ConfigRevisionPublished("shop/dev/main", 3, "three", List.of("k"), "why", AT));
    }

    @Test
    void rolls_back_to_the_content_of_an_earlier_revision_as_a_new_one() {
        ConfigEvent event = TWO.decide(rollBack(1, 2, null));
        assertThat(event).isEqualTo(new ConfigRolledBack("shop/dev/main", 3, 1, "one", List.of("k"), "why", AT));
        NamespaceState after = TWO.evolve(event);
        assertThat(after.current()).isEqualTo(3);
        assertThat(after.contentOf(3)).isEqualTo("one");
    }

    @Test
    void refuses_what_changes_nothing() {
        rejected(Code.NOTHING_TO_CHANGE, TWO, publish("two", 2, null));
        rejected(Code.NOTHING_TO_CHANGE, TWO, rollBack(2, 2, null));
    }

    @Test
    void publishes_the_same_again_when_asked_to() {
        assertThat(TWO.decide(new PublishRevision("shop/dev/main", "two", true, 2, null, List.of(), "why", AT)))
                .isEqualTo(new ConfigRevisionPublished("shop/dev/main", 3, "two", List.of(), "why", AT));
    }

    @Test
    void refuses_a_revision_that_is_not_there() {
        rejected(Code.REVISION_NOT_FOUND, TWO, rollBack(3, 2, null));
        rejected(Code.REVISION_NOT_FOUND, TWO, rollBack(0, 2, null));
    }

    @Test
    void refuses_what_was_decided_on_another_revision() {
        rejected(Code.VERSION_MISMATCH, TWO, publish("three", 2, 1L));
        rejected(Code.VERSION_MISMATCH, TWO, rollBack(1, 2, 1L));
        rejected(Code.CONCURRENT_CHANGE, TWO, publish("three", 1, null));
        rejected(Code.CONCURRENT_CHANGE, TWO, rollBack(1, 1, null));
    }

    @Test
    void axon_builds_it_from_its_events() {
        new AggregateTestFixture<>(ConfigNamespace.class)
                .given(new ConfigRevisionPublished("shop/dev/main", 1, "one", List.of(), "", AT))
                .when(publish("two", 1, null))
                .expectResultMessagePayload(2L)
                .expectEvents(new ConfigRevisionPublished("shop/dev/main", 2, "two", List.of("k"), "why", AT));
        new AggregateTestFixture<>(ConfigNamespace.class)
                .givenNoPriorActivity()
                .when(publish("one", 0, null))
                .expectResultMessagePayload(1L);
    }

    @Test
    void names_are_bounded_and_a_label_may_have_slashes() {
        NamespaceId id = NamespaceId.ofPath("shop", "dev", "feature(_)x");
        assertThat(id).hasToString("shop/dev/feature/x");
        assertThat(id.toPath()).isEqualTo("shop/dev/feature(_)x");
        for (String bad : new String[] {"", "..", "a/b", "a b", "a\n", "é", "x".repeat(101)}) {
            assertThatThrownBy(() -> new NamespaceId(bad, "dev", "main")).isInstanceOf(Rejected.class);
            assertThatThrownBy(() -> new NamespaceId("shop", bad, "main")).isInstanceOf(Rejected.class);
        }
        assertThatThrownBy(() -> new NamespaceId("shop", "dev", "../x")).isInstanceOf(Rejected.class);
    }

    private static void rejected(Code code, NamespaceState state, NamespaceCommand command) {
        assertThatThrownBy(() -> state.decide(command))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(code));
    }

    private static PublishRevision publish(String sha256, long base, Long expected) {
        return new PublishRevision("shop/dev/main", sha256, false, base, expected, List.of("k"), "why", AT);
    }

    private static RollBack rollBack(long revision, long base, Long expected) {
        return new RollBack("shop/dev/main", revision, base, expected, List.of("k"), "why", AT);
    }
}
