package io.tricolor.loggateway.search;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/**
 * The query parameters of a search. A name that is not known is refused: a filter with a typing error would find too
 * much.
 */
final class Parameters {

    static final int MAX_LIMIT = 500;

    private static final int DEFAULT_LIMIT = 50;
    private static final int LONGEST = 512;

    private final MultiValueMap<String, String> given;

    private Parameters(MultiValueMap<String, String> given) {
        this.given = given;
    }

    static Parameters of(MultiValueMap<String, String> given, Set<String> known) {
        for (Map.Entry<String, List<String>> parameter : given.entrySet()) {
            if (!known.contains(parameter.getKey())) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "there is no parameter \"" + shorten(parameter.getKey()) + "\"; there are "
                                + String.join(", ", new TreeSet<>(known)));
            }
            if (parameter.getValue().size() > 1) {
                throw new Rejected(Code.INVALID_ARGUMENT, parameter.getKey() + " may be given once");
            }
        }
        return new Parameters(given);
    }

    /** Null when it is not given, or empty. */
    @Nullable
    String text(String name) {
        String value = given.getFirst(name);
        if (value == null || value.isBlank()) {
            return null;
        }
        if (value.length() > LONGEST) {
            throw new Rejected(Code.INVALID_ARGUMENT, name + " is longer than " + LONGEST + " characters");
        }
        return value.strip();
    }

    String required(String name) {
        String value = text(name);
        if (value == null) {
            throw new Rejected(Code.BAD_REQUEST, "the query parameter '" + name + "' is missing");
        }
        return value;
    }

    @Nullable
    String oneOf(String name, Set<String> values) {
        String value = text(name);
        if (value != null && !values.contains(value)) {
            throw new Rejected(Code.INVALID_ARGUMENT, name + " is one of " + new TreeSet<>(values));
        }
        return value;
    }

    @Nullable
    Long number(String name) {
        String value = text(name);
        if (value == null) {
            return null;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, name + " is not a number: " + shorten(value));
        }
        throw new Rejected(Code.INVALID_ARGUMENT, name + " is less than 0");
    }

    int limit() {
        Long limit = number("limit");
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        return limit.intValue();
    }

    Period period() {
        Instant from = time("from");
        Instant to = time("to");
        if (from != null && to != null && !from.isBefore(to)) {
            throw new Rejected(Code.INVALID_INTERVAL, "from is not before to");
        }
        return new Period(from, to);
    }

    /** A time from (inclusive) to (exclusive); null is open. */
    record Period(@Nullable Instant from, @Nullable Instant to) {}

    private @Nullable Instant time(String name) {
        String value = text(name);
        if (value == null) {
            return null;
        }
        try {
            // a plus sign in a query is a blank
            return OffsetDateTime.parse(value.replace(' ', '+')).toInstant();
        } catch (DateTimeException e) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT, name + " is not a time as in 2026-11-23T00:41:07Z: " + shorten(value));
        }
    }

    private static String shorten(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }
}
