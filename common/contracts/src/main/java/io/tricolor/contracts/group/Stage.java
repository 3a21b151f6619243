package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a grayscale upgrade: these users, until every gate passes.
 *
 * @param name for people, unique in the upgrade
 * @param rule who reaches the new cluster in this stage
 * @param gates what has to be fulfilled before the upgrade goes on; empty: nothing
 * @param deadline how long the gates may take together, from when every router has applied the stage; null: for ever
 * @param onFail when a gate says FAIL; null: {@link FailurePolicy#ROLL_BACK}
 * @param onInconclusive when the deadline passes; null: {@link InconclusivePolicy#PAUSE}, and {@link
 *     InconclusivePolicy#HOLD} without a deadline
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Stage(
        String name,
        IdRule rule,
        List<Gate> gates,
        @Nullable Duration deadline,
        @Nullable FailurePolicy onFail,
        @Nullable InconclusivePolicy onInconclusive) {

    /** How often EXTEND waits once more. */
    public static final int MOST_EXTENSIONS = 3;

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public Stage {
        gates = gates == null ? List.of() : List.copyOf(gates);
    }

    /** A stage without a deadline. */
    public Stage(String name, IdRule rule, List<Gate> gates) {
        this(name, rule, gates, null, null, null);
    }

    /** What happens when a gate says FAIL. */
    @JsonIgnore
    public FailurePolicy failurePolicy() {
        return onFail == null ? FailurePolicy.ROLL_BACK : onFail;
    }

    /** What happens when the gates take longer than they may. */
    @JsonIgnore
    public InconclusivePolicy inconclusivePolicy() {
        if (onInconclusive != null) {
            return onInconclusive;
        }
        return deadline == null ? InconclusivePolicy.HOLD : InconclusivePolicy.PAUSE;
    }
}
