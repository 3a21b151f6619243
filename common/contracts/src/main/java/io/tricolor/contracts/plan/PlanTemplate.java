package io.tricolor.contracts.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a group is upgraded, whatever the release.
 *
 * @param mode GRAYSCALE, SWITCH or ROLLING
 * @param stages of a grayscale; empty: everybody at once
 * @param policy deadlines
 * @param rolling for ROLLING; null: the standard
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PlanTemplate(
        UpgradeMode mode,
        List<Stage> stages,
        UpgradePolicy policy,
        @Nullable RollingPolicy rolling) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public PlanTemplate {
        stages = stages == null ? List.of() : List.copyOf(stages);
    }
}
