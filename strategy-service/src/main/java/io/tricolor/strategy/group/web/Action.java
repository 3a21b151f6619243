package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.Rejection.Code;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be asked of a group, and whether the one who looks could ask for it at this moment.
 *
 * @param name for programs, for example {@code abort}
 * @param target the cluster or stage that it would be about; null: the group or its upgrade
 * @param method of the request
 * @param path of the request
 * @param allowed whether the request would be accepted
 * @param code with which it would be refused; null: it would not be
 * @param reason why it would be refused, or that it would change nothing; null: neither
 * @param confirm what it would do, for a person to confirm; null: it would be refused
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Action(
        String name,
        @Nullable String target,
        String method,
        String path,
        boolean allowed,
        @Nullable Code code,
        @Nullable String reason,
        @Nullable String confirm) {}
