package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;

/** One thing that has to be fulfilled before an upgrade leaves a stage. A stage is left when all its gates pass. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Gate.Approval.class, name = "approval"),
    @JsonSubTypes.Type(value = Gate.Bake.class, name = "bake")
})
public sealed interface Gate {

    /** Unique in the stage. */
    String name();

    /**
     * People say yes, none of them the one who asked for the upgrade.
     *
     * @param approvals how many different people, at least 1
     */
    record Approval(String name, int approvals) implements Gate {}

    /**
     * Time passes.
     *
     * @param time how long the stage lasts at least after every router has applied it, from 0
     */
    record Bake(String name, Duration time) implements Gate {}
}
