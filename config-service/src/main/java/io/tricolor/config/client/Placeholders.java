package io.tricolor.config.client;

import io.tricolor.config.client.Environments.ClientEnvironment;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.PropertyPlaceholderHelper;

/**
 * Puts values in the place of <code>${key}</code> and <code>${key:otherwise}</code>, as Spring Cloud Config Server
 * does: what no source has stays as it is, and <code>\${</code> stands for <code>${</code>. For one thread.
 */
final class Placeholders {

    private static final Pattern ESCAPED = Pattern.compile("\\\\{1,2}\\$\\{");
    private static final String MASK = "$_{";

    /** Values that refer to each other can grow without end although each is short. */
    private static final int MOST_LOOKUPS = 50_000;

    private static final int LONGEST = 4 * 1024 * 1024;

    private final PropertyPlaceholderHelper helper = new PropertyPlaceholderHelper("${", "}", ":", null, true);
    private final Map<String, Object> values = new HashMap<>();
    private int lookups;
    private long characters;

    Placeholders(ClientEnvironment environment) {
        environment.sources().reversed().forEach(source -> values.putAll(source.values()));
    }

    /** A text with its placeholders resolved. Throws {@link Rejected} when it is too large or refers to itself. */
    String resolve(String text) {
        String masked = ESCAPED.matcher(text).replaceAll("\\$_{");
        try {
            return helper.replacePlaceholders(masked, this::value).replace(MASK, "${");
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a placeholder refers to itself");
        }
    }

    private @Nullable String value(String name) {
        Object value = values.get(name.strip());
        String text = value == null ? null : value.toString();
        characters += text == null ? 0 : text.length();
        if (++lookups > MOST_LOOKUPS || characters > LONGEST) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the placeholders refer to too many values");
        }
        return text;
    }

    /** A tree of maps and lists with the placeholders in its texts resolved. */
    Map<String, Object> resolve(Map<String, Object> tree) {
        Map<String, Object> resolved = new LinkedHashMap<>();
        tree.forEach((key, value) -> resolved.put(key, resolveAny(value)));
        return resolved;
    }

    @SuppressWarnings("unchecked")
    private @Nullable Object resolveAny(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text when text.contains("${") -> resolve(text);
            case Map<?, ?> map -> resolve((Map<String, Object>) map);
            case List<?> list -> list.stream().map(this::resolveAny).toList();
            default -> value;
        };
    }
}
