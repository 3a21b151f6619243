package io.tricolor.strategy.hook;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import io.tricolor.contracts.group.Verdict;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a program says: {@code {"verdict": "PASS", "evidence": {"p99": "120 ms"}}}.
 *
 * @param evidence for people and for the history; bounded
 */
record Answer(Verdict verdict, SortedMap<String, String> evidence) {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MAX_FACTS = 20;
    private static final int MAX_NAME = 60;
    private static final int MAX_TEXT = 300;

    /** Refuses what is no answer with INVALID_ARGUMENT. */
    static Answer read(String body) {
        JsonNode node;
        try {
            node = JSON.readTree(body);
        } catch (JacksonException e) {
            throw wrong("it is no JSON");
        }
        String word = node == null ? null : node.path("verdict").stringValue(null);
        if (word == null) {
            throw wrong("verdict is missing");
        }
        return new Answer(verdict(word), evidence(node.path("evidence")));
    }

    private static Verdict verdict(String word) {
        for (Verdict verdict : Verdict.values()) {
            if (verdict.name().equals(word.toUpperCase(Locale.ROOT))) {
                return verdict;
            }
        }
        throw wrong("verdict is PASS, FAIL or INCONCLUSIVE");
    }

    private static SortedMap<String, String> evidence(JsonNode node) {
        SortedMap<String, String> evidence = new TreeMap<>();
        if (node.isMissingNode() || node.isNull()) {
            return evidence;
        }
        if (!node.isObject() || node.size() > MAX_FACTS) {
            throw wrong("evidence has at most " + MAX_FACTS + " names with texts or numbers");
        }
        for (Map.Entry<String, JsonNode> fact : node.properties()) {
            @Nullable
            String text = fact.getValue().isValueNode() ? fact.getValue().asString("") : null;
            if (text == null || fact.getKey().isBlank()) {
                throw wrong("evidence has names with texts or numbers");
            }
            evidence.put(Text.shown(fact.getKey(), MAX_NAME), Text.shown(text, MAX_TEXT));
        }
        return evidence;
    }

    private static Rejected wrong(String why) {
        return new Rejected(Code.INVALID_ARGUMENT, "the answer of a webhook: " + why);
    }
}
