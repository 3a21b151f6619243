package io.tricolor.config.client;

import io.tricolor.config.client.Environments.ClientEnvironment;
import io.tricolor.config.client.Environments.Source;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Flat keys as one map, and as the tree of maps and lists that a document would have. A list is that of the most
 * specific source which has it, as a whole; lists stand behind the other keys. The order is that of Spring Cloud Config
 * Server.
 */
final class PropertyTree {

    /** A larger index, or a key that fits no tree, stands in it as the key that it is. */
    private static final int LARGEST_INDEX = 9_999;

    private PropertyTree() {}

    /** All keys with the values that count. */
    static Map<String, Object> flat(ClientEnvironment environment) {
        Map<String, Object> all = new LinkedHashMap<>();
        Map<String, Map<String, Object>> lists = new LinkedHashMap<>();
        for (Source source : environment.sources().reversed()) {
            Map<String, Map<String, Object>> own = new LinkedHashMap<>();
            source.values().forEach((key, value) -> {
                int bracket = key.indexOf('[');
                if (bracket < 0) {
                    all.put(key, plain(value));
                } else {
                    own.computeIfAbsent(key.substring(0, bracket), prefix -> new LinkedHashMap<>())
                            .put(key, plain(value));
                }
            });
            lists.putAll(own);
        }
        lists.values().forEach(all::putAll);
        return all;
    }

    /** A number as a document has it: with no more digits than it was written with. */
    static Object plain(Object value) {
        if (value instanceof BigDecimal number) {
            double rounded = number.doubleValue();
            return Double.isFinite(rounded) && BigDecimal.valueOf(rounded).compareTo(number) == 0
                    ? (Object) rounded
                    : number;
        }
        return value;
    }

    /** The tree. */
    static Map<String, Object> nested(Map<String, Object> flat) {
        Map<String, Object> root = new LinkedHashMap<>();
        flat.forEach((key, value) -> {
            List<Object> steps = steps(key);
            if (steps == null || !place(root, steps, value)) {
                root.put(key, value);
            }
        });
        return root;
    }

    /** Names ({@link String}) and indexes ({@link Integer}); null for a key that is none of a tree. */
    private static @Nullable List<Object> steps(String key) {
        List<Object> steps = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= key.length(); i++) {
            int close = i < key.length() && key.charAt(i) == '[' ? indexEnd(key, i) : -1;
            if (i == key.length() || key.charAt(i) == '.' || close > 0) {
                if (i > start) {
                    steps.add(key.substring(start, i));
                } else if (i == 0 || i == key.length() || key.charAt(i - 1) != ']') {
                    return null;
                }
                if (close > 0) {
                    steps.add(Integer.valueOf(key.substring(i + 1, close)));
                    if (close + 1 < key.length() && key.charAt(close + 1) != '.' && key.charAt(close + 1) != '[') {
                        return null;
                    }
                    if (close + 1 == key.length()) {
                        return steps;
                    }
                    i = key.charAt(close + 1) == '.' ? close + 1 : close;
                }
                start = i + 1;
            }
        }
        return steps;
    }

    /** Where the index that begins at a bracket ends, -1 when it is none. */
    private static int indexEnd(String key, int open) {
        int close = key.indexOf(']', open);
        String index = close < 0 ? "" : key.substring(open + 1, close);
        return !index.isEmpty() && index.length() <= 4 && index.chars().allMatch(c -> c >= '0' && c <= '9')
                ? close
                : -1;
    }

    /** Puts a value into the tree; false, and the tree as it was, when something else stands there. */
    @SuppressWarnings("unchecked")
    private static boolean place(Map<String, Object> root, List<Object> steps, Object value) {
        Object at = root;
        for (int i = 0; i < steps.size(); i++) {
            boolean last = i == steps.size() - 1;
            Object step = steps.get(i);
            Object next =
                    last ? value : steps.get(i + 1) instanceof Integer ? new ArrayList<>() : new LinkedHashMap<>();
            Object there;
            if (step instanceof Integer index) {
                if (!(at instanceof List<?>) || index > LARGEST_INDEX) {
                    return false;
                }
                List<Object> list = (List<Object>) at;
                while (list.size() <= index) {
                    list.add(null);
                }
                there = list.get(index);
                if (there == null || last) {
                    list.set(index, next);
                    there = next;
                }
            } else {
                if (!(at instanceof Map<?, ?>)) {
                    return false;
                }
                Map<String, Object> map = (Map<String, Object>) at;
                String name = (String) step;
                there = map.get(name);
                if (there != null && !last && !(there instanceof Map<?, ?>) && !(there instanceof List<?>)) {
                    // a value and keys below it, as org=warn and org.springframework=info: the key goes on
                    List<Object> rest = new ArrayList<>(steps.subList(i + 2, steps.size()));
                    if (steps.get(i + 1) instanceof Integer) {
                        return false;
                    }
                    rest.addFirst(name + "." + steps.get(i + 1));
                    return place(map, rest, value);
                }
                if (there == null || last) {
                    map.put(name, next);
                    there = next;
                }
            }
            at = there;
        }
        return true;
    }
}
