package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.text.Durations;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads {@code friends:ids=1,2:intervals=600-700:percent=5:approval:bake=10m}; what holds colons is for a document.
 */
final class StageOption {

    private StageOption() {}

    static ObjectNode parse(String text) {
        String[] parts = text.split(":", -1);
        ObjectNode stage = JsonNodeFactory.instance.objectNode().put("name", parts[0]);
        ObjectNode rule = stage.putObject("rule");
        ArrayNode gates = JsonNodeFactory.instance.arrayNode();
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : part.substring(equals + 1);
            switch (name) {
                case "all" -> rule.put("all", true);
                case "ids" -> Arrays.stream(value.split(",", -1)).forEach(rule.withArray("ids")::add);
                case "intervals" ->
                    Arrays.stream(value.split(",", -1)).forEach(interval -> interval(text, interval, rule));
                case "percent" -> rule.put("percent", percent(text, value));
                case "approval", "approvals" ->
                    gates.addObject()
                            .put("type", "approval")
                            .put("name", "approval")
                            .put("approvals", value.isEmpty() ? 1 : number(text, value));
                case "bake" ->
                    gates.addObject().put("type", "bake").put("name", "bake").put("time", duration(text, value));
                case "deadline" -> stage.put("deadline", duration(text, value));
                case "onFail", "onInconclusive" -> stage.put(name, value.toUpperCase(Locale.ROOT));
                case "metric" ->
                    gates.addObject()
                            .put("type", "metric")
                            .put("name", value)
                            .put("measure", value.toUpperCase(Locale.ROOT));
                default ->
                    throw wrong(
                            text,
                            "'" + name
                                    + "' is none of all, ids, intervals, percent, approval, approvals, bake, metric, deadline, onFail, onInconclusive");
            }
        }
        if (!gates.isEmpty()) {
            stage.set("gates", gates);
        }
        return stage;
    }

    private static void interval(String text, String interval, ObjectNode rule) {
        if (!interval.matches("-?[0-9]{1,19}-(-?[0-9]{1,19})")) {
            throw wrong(text, "'" + interval + "' is no interval such as 600-700");
        }
        int dash = interval.indexOf('-', 1);
        ArrayNode ends = rule.withArray("intervals").addArray();
        ends.add(interval.substring(0, dash));
        ends.add(interval.substring(dash + 1));
    }

    private static BigDecimal percent(String text, String value) {
        try {
            return new BigDecimal(value);
        } catch (NumberFormatException e) {
            throw wrong(text, "'" + value + "' is no number");
        }
    }

    private static int number(String text, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw wrong(text, "'" + value + "' is no number");
        }
    }

    private static String duration(String text, String value) {
        try {
            return Durations.parse(value).toString();
        } catch (IllegalArgumentException e) {
            throw wrong(text, String.valueOf(e.getMessage()));
        }
    }

    private static CliFailed wrong(String text, String why) {
        return CliFailed.usage(
                "--stage " + text + ": " + why,
                "for example friends:ids=1,2:intervals=600-700:percent=5:approval:bake=10m");
    }
}
