package io.tricolor.strategy.group.web;

import static io.tricolor.strategy.group.query.UpgradeView.Status.ABORTED;
import static io.tricolor.strategy.group.query.UpgradeView.Status.ABORTING;
import static io.tricolor.strategy.group.query.UpgradeView.Status.COMPLETED;
import static io.tricolor.strategy.group.query.UpgradeView.Status.PAUSED;
import static io.tricolor.strategy.group.query.UpgradeView.Status.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.strategy.group.query.UpgradeView.Status;
import io.tricolor.strategy.group.web.TrainView.Whole;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrainViewTest {

    @Test
    void says_of_a_train_what_its_groups_come_to() {
        assertThat(whole(RUNNING, null)).isEqualTo(Whole.RUNNING);
        assertThat(whole(RUNNING, COMPLETED)).isEqualTo(Whole.RUNNING);
        assertThat(whole(PAUSED, RUNNING)).isEqualTo(Whole.PAUSED);
        assertThat(whole(ABORTING, RUNNING)).isEqualTo(Whole.ABORTING);
        assertThat(whole(ABORTED, RUNNING)).isEqualTo(Whole.ABORTING);
        assertThat(whole(COMPLETED, COMPLETED)).isEqualTo(Whole.COMPLETED);
        assertThat(whole(ABORTED, ABORTED)).isEqualTo(Whole.ABORTED);
        assertThat(whole(ABORTED, null)).isEqualTo(Whole.ABORTED);
        assertThat(whole(COMPLETED, ABORTED)).isEqualTo(Whole.DIVIDED);
    }

    private static Whole whole(@Nullable Status... each) {
        return TrainView.whole(Arrays.asList(each));
    }
}
