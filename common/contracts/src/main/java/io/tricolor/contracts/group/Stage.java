package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a grayscale upgrade: these users, until the gates are passed.
 *
 * @param name for people, unique in the upgrade
 * @param rule who reaches the new cluster in this stage
 * @param approval whether a person other than the requester has to approve before the upgrade goes on
 * @param bakeTime how long the stage lasts at least after every router has applied it; null: no minimum
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Stage(
        String name,
        IdRule rule,
        boolean approval,
        @Nullable Duration bakeTime) {}
