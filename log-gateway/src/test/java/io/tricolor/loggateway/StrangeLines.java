package io.tricolor.loggateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lines that are like good ones, and most often are not. */
final class StrangeLines {

    private static final JsonMapper JSON = new JsonMapper();

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "99999",
            "9223372036854775807",
            "9223372036854775808",
            "1e400",
            "-1e-400",
            "1.5",
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"\\ude00\\ud83d\"",
            "\"\\ud83d\\ude00\"",
            "\"Infinity\"",
            "\"NaN\"",
            "\"::1\"",
            "\"999.0.0.1\"",
            "\"-0001-01-01T00:00:00Z\"",
            "\"9999-12-31T23:59:59+18:00\"",
            "\"0000-01-01T00:00:00Z\"",
            "\"2026-11-23T00:41Z\"",
            "\"2026-11-23T00:41:07+01:00:30\"",
            "\"2026-11-23T00:41:07.123456789Z\"",
            "[]",
            "{}",
            "[null]",
            "[[1],[2]]",
            "{\"\":1}",
            "{\".\":\"x\"}",
            "{\"a.b\":\"x\"}",
            "{\"a\":{\"a\":{\"a\":{\"a\":1}}}}");

    private static final List<String> NAMES = List.of(
            "",
            " ",
            ".",
            "a.b",
            ".a",
            "a.",
            "a..b",
            "id",
            "name",
            "bytes",
            "*",
            "_id",
            "_source",
            "_doc",
            "@timestamp",
            "\0",
            "a\0b",
            "\ud800",
            "\ud83d\ude00",
            "password",
            "Authorization");

    private StrangeLines() {}

    /** {@code line} as text, with some of it changed. */
    static String of(ObjectNode line, Random random) {
        for (int change = random.nextInt(3); change > 0; change--) {
            change(line, random);
        }
        // as escapes: a lone half of a pair has no bytes
        StringBuilder text = new StringBuilder();
        JSON.writeValueAsString(line).chars().forEach(c -> {
            if (c < ' ' || c > '~') {
                text.append(String.format("\\u%04x", c));
            } else {
                text.append((char) c);
            }
        });
        if (random.nextInt(12) == 0) {
            int at = random.nextInt(text.length());
            text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(3)));
        }
        return text.toString();
    }

    private static void change(ObjectNode line, Random random) {
        List<ObjectNode> objects = new ArrayList<>();
        collect(line, objects);
        ObjectNode object = objects.get(random.nextInt(objects.size()));
        List<String> names = new ArrayList<>(object.propertyNames());
        switch (random.nextInt(5)) {
            case 0 -> object.set(NAMES.get(random.nextInt(NAMES.size())), value(random));
            case 1 -> object.put(NAMES.get(random.nextInt(NAMES.size())), "x".repeat(random.nextInt(600)));
            case 2 -> object.put("x".repeat(1 + random.nextInt(1_200)), "long name");
            default -> {
                if (!names.isEmpty()) {
                    object.set(names.get(random.nextInt(names.size())), value(random));
                }
            }
        }
    }

    private static JsonNode value(Random random) {
        return random.nextInt(8) == 0
                ? JSON.valueToTree("\u00e9".repeat(random.nextInt(1_500)))
                : JSON.readTree(VALUES.get(random.nextInt(VALUES.size())));
    }

    private static void collect(JsonNode node, List<ObjectNode> objects) {
        if (node instanceof ObjectNode object) {
            objects.add(object);
            object.properties().forEach(member -> collect(member.getValue(), objects));
        } else if (node instanceof ArrayNode list) {
            list.forEach(element -> collect(element, objects));
        }
    }
}
