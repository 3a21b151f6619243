package io.tricolor.kit.problem;

import io.tricolor.contracts.InvalidValue;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import io.tricolor.kit.outside.UnsoundValue;
import jakarta.validation.ConstraintViolationException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.axonframework.commandhandling.CommandExecutionException;
import org.axonframework.modelling.command.AggregateNotFoundException;
import org.axonframework.modelling.command.AggregateStreamCreationException;
import org.axonframework.modelling.command.ConcurrencyException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedException;
import org.springframework.validation.FieldError;
import org.springframework.web.bind.support.WebExchangeBindException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.MissingRequestValueException;
import org.springframework.web.server.NotAcceptableStatusException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebInputException;
import org.springframework.web.server.UnsatisfiedRequestParameterException;
import org.springframework.web.server.UnsupportedMediaTypeStatusException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Finds out which problem a failure is. */
final class Problems {

    private static final int LONGEST_DETAIL = 500;

    private final MissingAggregate missingAggregate;

    Problems(@Nullable MissingAggregate missingAggregate) {
        this.missingAggregate = missingAggregate != null
                ? missingAggregate
                : id -> new Rejection(Code.NOT_FOUND, "there is nothing with the id " + id);
    }

    Problem of(Throwable failure) {
        Throwable cause = unwrap(failure);
        Optional<Rejected> rejected = find(failure, Rejected.class);
        if (rejected.isPresent()) {
            return Problem.of(rejected.get().rejection());
        }
        return switch (cause) {
            case CommandExecutionException e
            when e.getDetails().orElse(null) instanceof Rejection rejection -> Problem.of(rejection);
            case AggregateNotFoundException e ->
                Problem.of(missingAggregate.rejectionFor(String.valueOf(e.getAggregateIdentifier())));
            case ConcurrencyException e -> concurrent();
            case AggregateStreamCreationException e -> concurrent();
            case AuthenticationException e -> Problem.of(Code.UNAUTHENTICATED, "a valid bearer token is needed");
            case AccessDeniedException e -> Problem.of(Code.FORBIDDEN, "the token's roles do not allow this");
            case ConstraintViolationException e -> Problem.of(Code.INVALID_ARGUMENT, shorten(e.getMessage()));
            case ServerExchangeRejectedException e ->
                Problem.of(Code.BAD_REQUEST, Text.shown(String.valueOf(e.getMessage()), LONGEST_DETAIL));
            case DataBufferLimitException e -> tooLarge();
            case ResponseStatusException e -> ofStatus(e);
            default -> find(failure, DataBufferLimitException.class).isPresent() ? tooLarge() : internal();
        };
    }

    private static Problem ofStatus(ResponseStatusException failure) {
        if (find(failure, DataBufferLimitException.class).isPresent()) {
            return tooLarge();
        }
        return switch (failure) {
            case WebExchangeBindException e ->
                Problem.of(
                        Code.INVALID_ARGUMENT,
                        e.getFieldErrors().stream().map(Problems::field).collect(Collectors.joining("; ")));
            case HandlerMethodValidationException e ->
                Problem.of(
                        Code.INVALID_ARGUMENT,
                        e.getParameterValidationResults().stream()
                                .flatMap(result -> result.getResolvableErrors().stream()
                                        .map(error -> result.getMethodParameter()
                                                        .getParameterName() + " " + error.getDefaultMessage()))
                                .collect(Collectors.joining("; ")));
            case MissingRequestValueException e ->
                Problem.of(Code.BAD_REQUEST, "the " + e.getLabel() + " '" + e.getName() + "' is missing");
            case UnsatisfiedRequestParameterException e -> Problem.of(Code.BAD_REQUEST, reason(e));
            case ServerWebInputException e -> ofInput(e);
            case MethodNotAllowedException e ->
                Problem.of(Code.METHOD_NOT_ALLOWED, e.getHttpMethod() + " is not possible here");
            case NotAcceptableStatusException e ->
                Problem.of(Code.NOT_ACCEPTABLE, "none of the accepted media types can be produced here");
            case UnsupportedMediaTypeStatusException e ->
                Problem.of(Code.UNSUPPORTED_MEDIA_TYPE, "the media type of the body cannot be read here");
            default -> ofStatusCode(failure);
        };
    }

    private static Problem ofStatusCode(ResponseStatusException failure) {
        HttpStatusCode status = failure.getStatusCode();
        return switch (status.value()) {
            case 400 -> Problem.of(Code.BAD_REQUEST, reason(failure));
            case 401 -> Problem.of(Code.UNAUTHENTICATED, reason(failure));
            case 403 -> Problem.of(Code.FORBIDDEN, reason(failure));
            case 404 -> Problem.of(Code.NOT_FOUND, "there is nothing at this path");
            case 405 -> Problem.of(Code.METHOD_NOT_ALLOWED, reason(failure));
            case 406 -> Problem.of(Code.NOT_ACCEPTABLE, reason(failure));
            case 413 -> tooLarge();
            case 415 -> Problem.of(Code.UNSUPPORTED_MEDIA_TYPE, reason(failure));
            case 429 -> Problem.of(Code.TOO_MANY_REQUESTS, reason(failure));
            case 503 -> Problem.of(Code.UPSTREAM_UNAVAILABLE, reason(failure));
            default -> internal();
        };
    }

    private static Problem ofInput(ServerWebInputException failure) {
        Optional<JacksonException> json = find(failure, JacksonException.class);
        if (json.isPresent()) {
            Problem problem = ofJson(json.get());
            return find(failure, MisplacedInput.class)
                    .map(at -> Problem.of(problem.code(), at.place() + ", " + problem.detail()))
                    .orElse(problem);
        }
        if (find(failure, DecodingException.class).isPresent()) {
            return Problem.of(Code.BAD_REQUEST, "the body cannot be read");
        }
        if (failure.getMethodParameter() != null && failure.getCause() != null) {
            return Problem.of(
                    Code.INVALID_ARGUMENT,
                    "the value of '" + failure.getMethodParameter().getParameterName() + "' has the wrong type");
        }
        return Problem.of(Code.BAD_REQUEST, reason(failure));
    }

    /** A body that is no JSON, or JSON that a contract refuses. */
    private static Problem ofJson(JacksonException failure) {
        Optional<UnsoundValue> unsound = find(failure, UnsoundValue.class);
        if (unsound.isPresent()) {
            return Problem.of(Code.INVALID_ARGUMENT, shorten(unsound.get().getOriginalMessage()));
        }
        if (find(failure, StreamConstraintsException.class).isPresent()) {
            return Problem.of(
                    Code.INVALID_ARGUMENT, "the body is nested too deep, or a name, a text or a number is too long");
        }
        if (find(failure, StreamReadException.class).isPresent()) {
            return Problem.of(Code.MALFORMED_JSON, "the body is not JSON: " + shorten(failure.getOriginalMessage()));
        }
        String where = where(failure);
        Optional<UnrecognizedPropertyException> unknown = find(failure, UnrecognizedPropertyException.class);
        if (unknown.isPresent()) {
            return Problem.of(Code.INVALID_ARGUMENT, where + "there is no such member");
        }
        if (find(failure, InvalidNullException.class).isPresent()) {
            return Problem.of(Code.INVALID_ARGUMENT, where + "null is no value here");
        }
        Optional<IllegalArgumentException> refused = find(failure, IllegalArgumentException.class);
        if (refused.isPresent()) {
            Code code = refused.get() instanceof InvalidValue invalid ? invalid.code() : Code.INVALID_ARGUMENT;
            return Problem.of(code, where + shorten(refused.get().getMessage()));
        }
        if (find(failure, NullPointerException.class).isPresent()) {
            return Problem.of(Code.INVALID_ARGUMENT, where + "a member is missing");
        }
        return Problem.of(
                Code.INVALID_ARGUMENT,
                where.isEmpty() ? "the body does not have the expected form" : where + "the value has the wrong type");
    }

    private static String where(JacksonException failure) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : failure.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.isEmpty() ? "" : path + ": ";
    }

    private static String field(FieldError error) {
        return error.getField() + " " + error.getDefaultMessage();
    }

    private static String reason(ResponseStatusException failure) {
        String reason = failure.getReason();
        return reason == null ? "the request cannot be answered" : shorten(reason);
    }

    private static String shorten(@Nullable String text) {
        String line = text == null ? "" : text.lines().findFirst().orElse("").strip();
        return line.length() <= LONGEST_DETAIL ? line : line.substring(0, LONGEST_DETAIL) + "…";
    }

    private static Problem concurrent() {
        return Problem.of(Code.CONCURRENT_CHANGE, "somebody else made a change at the same time; read again and retry");
    }

    private static Problem tooLarge() {
        return Problem.of(Code.PAYLOAD_TOO_LARGE, "the body is larger than this service takes");
    }

    private static Problem internal() {
        return new Problem(Code.INTERNAL, "the service failed; the log has the cause under the trace id", true);
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable unwrapped = failure;
        while ((unwrapped instanceof CompletionException
                        || unwrapped instanceof ExecutionException
                        || isEmptyCommandFailure(unwrapped))
                && unwrapped.getCause() != null) {
            unwrapped = unwrapped.getCause();
        }
        return unwrapped;
    }

    private static boolean isEmptyCommandFailure(Throwable failure) {
        return failure instanceof CommandExecutionException e && e.getDetails().isEmpty();
    }

    private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
        int depth = 0;
        for (@Nullable Throwable t = failure; t != null && depth < 20; t = t.getCause(), depth++) {
            if (type.isInstance(t)) {
                return Optional.of(type.cast(t));
            }
        }
        return Optional.empty();
    }

    /** Title of a code: its words in lower case, the first with a capital. */
    static String title(Code code) {
        String words = code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
