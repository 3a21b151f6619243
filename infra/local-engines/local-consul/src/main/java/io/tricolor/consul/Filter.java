package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.Request;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A condition on one element of an answer, as the parameter {@code filter} writes it. */
sealed interface Filter {
    /** Whether the element, as it is shown, fulfils the condition. */
    boolean matches(Map<String, @Nullable Object> element);

    /**
     * The condition that a request names; everything matches when it names none. What is not understood is refused,
     * never ignored: an answer with too much in it could send users to the wrong place.
     */
    static Filter of(Request request, FilterField.Part fields) {
        String text = request.query("filter").orElse("");
        if (text.isBlank()) {
            return new Everything();
        }
        try {
            return new FilterParser(text, fields).parse();
        } catch (FilterParser.Refused e) {
            throw new HttpFailure(400, "Failed to create boolean expression evaluator: " + e.getMessage());
        }
    }

    /** No condition. */
    record Everything() implements Filter {
        @Override
        public boolean matches(Map<String, @Nullable Object> element) {
            return true;
        }
    }

    /** At least one holds. */
    record Any(List<Filter> alternatives) implements Filter {
        @Override
        public boolean matches(Map<String, @Nullable Object> element) {
            return alternatives.stream().anyMatch(filter -> filter.matches(element));
        }
    }

    /** All hold. */
    record All(List<Filter> conditions) implements Filter {
        @Override
        public boolean matches(Map<String, @Nullable Object> element) {
            return conditions.stream().allMatch(filter -> filter.matches(element));
        }
    }

    /** It does not hold. */
    record Not(Filter filter) implements Filter {
        @Override
        public boolean matches(Map<String, @Nullable Object> element) {
            return !filter.matches(element);
        }
    }

    /** What is asked of a field. */
    enum Question {
        EQUAL,
        HAS,
        MATCHES,
        EMPTY
    }

    /**
     * A question to one field.
     *
     * @param path from the element to the field
     * @param negated turns the answer of the field itself; a list of parts matches when any of its parts does, also
     *     then
     * @param value a {@link String}, {@link Long} or {@link Boolean}, as the field has it; the expression for
     *     {@link Question#MATCHES}; empty for {@link Question#EMPTY}
     */
    record Match(List<String> path, Question question, boolean negated, Object value) implements Filter {
        @Override
        public boolean matches(Map<String, @Nullable Object> element) {
            return matches(element, 0);
        }

        private boolean matches(Object at, int depth) {
            if (depth == path.size()) {
                return answer(at) != negated;
            }
            if (at instanceof Collection<?> parts) {
                return parts.stream().anyMatch(part -> matches(part, depth));
            }
            Object next = at instanceof Map<?, ?> fields ? fields.get(path.get(depth)) : null;
            // An agent takes a key that is not there for one that matches, and for one that does not.
            return next == null ? negated || question == Question.MATCHES : matches(next, depth + 1);
        }

        private boolean answer(Object field) {
            return switch (question) {
                case EQUAL -> field instanceof Number number ? value.equals(number.longValue()) : value.equals(field);
                case HAS ->
                    switch (field) {
                        case Map<?, ?> names -> names.containsKey(value);
                        case Collection<?> texts -> texts.contains(value);
                        default -> field.toString().contains(value.toString());
                    };
                case MATCHES ->
                    value instanceof com.google.re2j.Pattern pattern
                            && pattern.matcher(field.toString()).find();
                case EMPTY ->
                    field instanceof Map<?, ?> names
                            ? names.isEmpty()
                            : field instanceof Collection<?> texts && texts.isEmpty();
            };
        }
    }
}
