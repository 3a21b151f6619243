package io.tricolor.loggateway.search;

import co.elastic.clients.elasticsearch._types.FieldValue;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Where a page ended: the sort values of its last document, opaque to the caller. */
final class Cursor {

    private static final JsonMapper JSON = new JsonMapper();

    private Cursor() {}

    static String of(List<FieldValue> sort) {
        ArrayNode values = JSON.createArrayNode();
        for (FieldValue value : sort) {
            if (value.isLong()) {
                values.add(value.longValue());
            } else if (value.isString()) {
                values.add(value.stringValue());
            } else {
                throw new IllegalStateException("a sort value is neither number nor text: " + value);
            }
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(JSON.writeValueAsBytes(values));
    }

    /** Texts as a cursor. */
    static String ofTexts(List<String> texts) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(JSON.writeValueAsBytes(texts));
    }

    /** So many texts. */
    static List<String> parseTexts(String cursor, int count) {
        try {
            JsonNode values = JSON.readTree(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8));
            List<String> texts = new ArrayList<>();
            for (JsonNode value : values) {
                if (value.isString()) {
                    texts.add(value.stringValue());
                }
            }
            if (values.isArray() && values.size() == count && texts.size() == count) {
                return texts;
            }
        } catch (IllegalArgumentException | JacksonException e) {
            throw unknown();
        }
        throw unknown();
    }

    /** Two numbers and a text, as all lists here are sorted. */
    static List<FieldValue> parse(String cursor) {
        try {
            JsonNode values = JSON.readTree(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8));
            if (values.isArray()
                    && values.size() == 3
                    && values.get(0).canConvertToLong()
                    && values.get(1).canConvertToLong()
                    && values.get(2).isString()) {
                List<FieldValue> sort = new ArrayList<>();
                sort.add(FieldValue.of(values.get(0).longValue()));
                sort.add(FieldValue.of(values.get(1).longValue()));
                sort.add(FieldValue.of(values.get(2).stringValue()));
                return sort;
            }
        } catch (IllegalArgumentException | JacksonException e) {
            throw unknown();
        }
        throw unknown();
    }

    private static Rejected unknown() {
        return new Rejected(Code.INVALID_ARGUMENT, "after is not the value of next of an earlier page");
    }
}
