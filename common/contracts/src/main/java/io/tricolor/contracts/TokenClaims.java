package io.tricolor.contracts;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How services and routers find something in the claims of a token. */
public final class TokenClaims {

    private TokenClaims() {}

    /**
     * What is at a path. A member whose name has dots comes before a way through objects, at every level.
     *
     * @return null when nothing is there
     */
    public static @Nullable Object at(Map<?, ?> object, String path) {
        Object whole = object.get(path);
        if (whole != null) {
            return whole;
        }
        for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
            if (object.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                Object found = at(inner, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** A list of texts, or one text with spaces between the names as in {@code scope}. */
    public static Collection<String> texts(@Nullable Object value) {
        if (value instanceof Collection<?> all) {
            return all.stream()
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .toList();
        }
        return value instanceof String text ? Arrays.asList(text.trim().split("\\s+", -1)) : List.of();
    }
}
