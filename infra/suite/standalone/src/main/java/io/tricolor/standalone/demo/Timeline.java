package io.tricolor.standalone.demo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which table was in force when, read from the group's history. A table may be used from the moment at which it was
 * commanded, and the one before it until the step that waited for every router was completed.
 */
public final class Timeline {

    private final List<Span> spans;

    private Timeline(List<Span> spans) {
        this.spans = spans;
    }

    /**
     * Reads it.
     *
     * @param history entries of one group, oldest first
     */
    public static Timeline of(List<JsonNode> history) {
        List<Span> spans = new ArrayList<>();
        for (JsonNode entry : history) {
            JsonNode event = entry.path("event");
            Instant at =
                    Instant.parse(event.path("at").asString(entry.path("at").asString("")));
            switch (entry.path("type").asString()) {
                case "cluster-group.route-strategies-changed" ->
                    spans.add(
                            new Span(event.path("tableVersion").asLong(), Rule.of(event.path("strategies")), at, null));
                case "cluster-group.upgrade-step-completed" -> {
                    if (event.path("kind").asString().equals("ROUTE")) {
                        // Tables that were made by hand in between have gone with the one before.
                        for (int before = spans.size() - 2; before >= 0; before--) {
                            if (spans.get(before).until() == null) {
                                spans.set(before, spans.get(before).until(at));
                            }
                        }
                    }
                }
                default -> {}
            }
        }
        return new Timeline(List.copyOf(spans));
    }

    /** Clusters that may answer a user whose request was under way from {@code sent} to {@code answered}. */
    Set<String> allowed(@Nullable String userId, Instant sent, Instant answered) {
        Set<String> allowed = new TreeSet<>();
        for (Span span : spans) {
            boolean begun = !span.from().isAfter(answered);
            boolean over = span.until() != null && span.until().isBefore(sent);
            if (begun && !over) {
                allowed.addAll(span.rule().allowed(userId));
            }
        }
        return allowed;
    }

    /** The rule of the newest table. */
    Rule newest() {
        return spans.getLast().rule();
    }

    private record Span(
            long version, Rule rule, Instant from, @Nullable Instant until) {

        Span until(Instant end) {
            return new Span(version, rule, from, end);
        }
    }
}
