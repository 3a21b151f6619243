package io.tricolor.localhttp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A path with holes: {@code {name}} takes one segment, {@code {name*}} one or more (a trailing slash is dropped;
 * literals may follow), {@code {name**}} the whole rest, which may be empty and keeps a trailing slash (only at the
 * end).
 */
record PathTemplate(String text, List<Part> parts) {
    sealed interface Part {
        record Literal(String text) implements Part {}

        record One(String name) implements Part {}

        record Many(String name) implements Part {}

        record Rest(String name) implements Part {}
    }

    /** The more a template says, the earlier it is asked: more literals first, then fewer wildcards. */
    static final Comparator<PathTemplate> MOST_SPECIFIC_FIRST = Comparator.<PathTemplate>comparingLong(t ->
                    -t.parts.stream().filter(Part.Literal.class::isInstance).count())
            .thenComparingLong(t -> t.parts.stream()
                    .filter(p -> p instanceof Part.Many || p instanceof Part.Rest)
                    .count());

    static PathTemplate parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("a path template starts with a slash: " + text);
        }
        List<Part> parts = new ArrayList<>();
        for (String segment : text.substring(1).split("/", -1)) {
            if (segment.startsWith("{") && segment.endsWith("}")) {
                String name = segment.substring(1, segment.length() - 1);
                if (name.endsWith("**")) {
                    parts.add(new Part.Rest(name.substring(0, name.length() - 2)));
                } else if (name.endsWith("*")) {
                    parts.add(new Part.Many(name.substring(0, name.length() - 1)));
                } else {
                    parts.add(new Part.One(name));
                }
            } else if (!segment.isEmpty()) {
                parts.add(new Part.Literal(segment));
            }
        }
        for (int i = 0; i < parts.size() - 1; i++) {
            if (parts.get(i) instanceof Part.Rest) {
                throw new IllegalArgumentException("{name**} stands at the end of a path template: " + text);
            }
        }
        return new PathTemplate(text, List.copyOf(parts));
    }

    /** The values of the holes, or empty when the path does not fit. */
    Optional<Map<String, String>> match(RequestPath path) {
        Map<String, String> values = new LinkedHashMap<>();
        return match(0, path, 0, values) ? Optional.of(values) : Optional.empty();
    }

    private boolean match(int part, RequestPath path, int segment, Map<String, String> values) {
        List<String> segments = path.segments();
        if (part == parts.size()) {
            return segment == segments.size();
        }
        return switch (parts.get(part)) {
            case Part.Literal literal ->
                segment < segments.size()
                        && segments.get(segment).equals(literal.text())
                        && match(part + 1, path, segment + 1, values);
            case Part.One one -> {
                if (segment < segments.size() && match(part + 1, path, segment + 1, values)) {
                    values.put(one.name(), segments.get(segment));
                    yield true;
                }
                yield false;
            }
            case Part.Many many -> {
                for (int end = segments.size(); end > segment; end--) {
                    if (match(part + 1, path, end, values)) {
                        values.put(many.name(), String.join("/", segments.subList(segment, end)));
                        yield true;
                    }
                }
                yield false;
            }
            case Part.Rest rest -> {
                String value = String.join("/", segments.subList(segment, segments.size()));
                values.put(rest.name(), path.endsWithSlash() && !value.isEmpty() ? value + "/" : value);
                yield true;
            }
        };
    }
}
