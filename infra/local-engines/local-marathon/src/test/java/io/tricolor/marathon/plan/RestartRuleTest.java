package io.tricolor.marathon.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.marathon.app.AppDefinition.UpgradeStrategy;
import io.tricolor.marathon.plan.RestartRule.Move;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartRuleTest {

    @Test
    void with_full_surge_all_new_ones_start_and_each_healthy_one_replaces_an_old_one() {
        RestartRule rule = RestartRule.begin(4, new UpgradeStrategy(1, 1), 4, 4);
        assertThat(rule.next(4, 0, 0, 0)).isEqualTo(new Move(0, 4));
        assertThat(rule.next(4, 0, 4, 1)).isEqualTo(new Move(1, 0));
        assertThat(rule.next(3, 1, 4, 1)).isEqualTo(new Move(0, 0));
        assertThat(rule.next(3, 0, 4, 4)).isEqualTo(new Move(3, 0));
    }

    @Test
    void without_surge_one_more_is_allowed_so_that_it_moves_at_all() {
        RestartRule rule = RestartRule.begin(4, new UpgradeStrategy(1, 0), 4, 4);
        assertThat(rule.next(4, 0, 0, 0)).isEqualTo(new Move(0, 1));
        assertThat(rule.next(4, 0, 1, 1)).isEqualTo(new Move(1, 0));
        assertThat(rule.next(3, 1, 1, 1)).isEqualTo(new Move(0, 0));
        assertThat(rule.next(3, 0, 1, 1)).isEqualTo(new Move(0, 1));
    }

    @Test
    void with_half_the_capacity_half_goes_at_once() {
        RestartRule rule = RestartRule.begin(4, new UpgradeStrategy(0.5, 0), 4, 4);
        assertThat(rule.next(4, 0, 0, 0)).isEqualTo(new Move(2, 0));
        assertThat(rule.next(2, 1, 0, 0)).isEqualTo(new Move(0, 1));
        assertThat(rule.next(2, 0, 1, 0)).isEqualTo(new Move(0, 1));
    }

    @Test
    void with_no_capacity_kept_all_go_at_once() {
        RestartRule rule = RestartRule.begin(4, new UpgradeStrategy(0, 0), 4, 4);
        assertThat(rule.next(4, 0, 0, 0)).isEqualTo(new Move(4, 0));
        assertThat(rule.next(0, 0, 0, 0)).isEqualTo(new Move(0, 4));
    }

    @Test
    void a_stopped_app_starts_whatever_the_strategy_is() {
        for (double kept : List.of(0.0, 1.0)) {
            RestartRule rule = RestartRule.begin(3, new UpgradeStrategy(kept, 0), 0, 0);
            assertThat(rule.next(0, 0, 0, 0)).isEqualTo(new Move(0, 3));
        }
    }

    @Test
    void instances_that_do_not_work_make_room_when_nothing_else_can() {
        RestartRule rule = RestartRule.begin(2, new UpgradeStrategy(1, 0), 2, 0);
        assertThat(rule.next(2, 0, 0, 0)).isEqualTo(new Move(1, 0));
    }

    /** Plays every restart to its end in a random-free simulation and watches the bounds on the way. */
    @ParameterizedTest
    @CsvSource({"1,1,1", "1,1,0", "3,1,1", "3,1,0", "3,0.5,0", "3,0,0", "5,0.6,0.2", "4,0.9,0.1", "2,1,0.5"})
    void ends_and_never_leaves_its_bounds(int instances, double kept, double surge) {
        for (int oldCount = 0; oldCount <= instances + 2; oldCount++) {
            RestartRule rule = RestartRule.begin(instances, new UpgradeStrategy(kept, surge), oldCount, oldCount);
            int minHealthy = Math.min((int) Math.ceil(instances * kept), oldCount);
            int old = oldCount;
            int ending = 0;
            int starting = 0;
            int healthy = 0;
            List<String> trace = new ArrayList<>();
            for (int turn = 0; !rule.isDone(old, ending, starting + healthy, healthy); turn++) {
                assertThat(turn).as("%s", trace).isLessThan(100);
                Move move = rule.next(old, ending, starting + healthy, healthy);
                old -= move.kill();
                ending += move.kill();
                starting += move.start();
                trace.add(old + "/" + ending + "/" + starting + "/" + healthy);
                assertThat(old + healthy).as("%s", trace).isGreaterThanOrEqualTo(minHealthy);
                assertThat(old + ending + starting + healthy)
                        .as("%s", trace)
                        .isLessThanOrEqualTo(Math.max(rule.maxCapacity(), oldCount));
                if (starting > 0 && turn % 2 == 0) {
                    starting--;
                    healthy++;
                } else if (ending > 0) {
                    ending--;
                }
            }
        }
    }
}
