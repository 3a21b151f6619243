package io.tricolor.strategy.group.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Release;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.domain.UpgradePlan;
import io.tricolor.strategy.group.domain.UpgradePosition;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GroupViewTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    /** The past can be asked for between the event of the last step and that of the end. */
    @Test
    void an_upgrade_whose_last_step_is_done_is_shown_at_that_step() {
        var route = new UpgradeStep(UpgradeStep.Kind.ROUTE, null, new TreeMap<>(), null, null, "everybody to A");
        var plan = new UpgradePlan(
                "up-1",
                UpgradeMode.INSTALL,
                null,
                new Release("A", new Manifest("1.0.0", List.of()), new TreeMap<>()),
                List.of(),
                List.of(route),
                UpgradePolicy.standard(),
                null,
                new UpgradePlan.Request("olivia", "first", AT),
                null,
                null);
        var position = new UpgradePosition(1, 1, 5, AT, new TreeSet<>(), new TreeSet<>(), false, false, false);

        GroupView.RunningUpgrade shown = GroupView.RunningUpgrade.of(new Upgrade(plan, position), null);

        assertThat(shown.step()).isZero();
        assertThat(shown.steps()).isEqualTo(1);
        assertThat(shown.title()).isEqualTo("everybody to A");
    }
}
