package io.tricolor.contracts.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A command that was refused, on topic {@code tricolor.audit.refusals.v1}. Never with a body, a token or a query.
 *
 * @param service that was asked
 * @param actor who, as far as a good token said so
 * @param groupId the group that the path names, null when it names none
 * @param method of the request
 * @param path without its query, at most 1,024 characters
 * @param status of the answer: 401, 403, 409 or 422
 * @param code of the problem document
 * @param traceId of the request
 */
@EventType("audit.attempt-refused")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttemptRefused(
        String service,
        @Nullable String actor,
        @Nullable String groupId,
        String method,
        String path,
        int status,
        String code,
        String traceId,
        Instant at)
        implements AuditFact {}
