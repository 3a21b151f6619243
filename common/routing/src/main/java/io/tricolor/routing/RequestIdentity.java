package io.tricolor.routing;

import io.tricolor.contracts.group.IdentitySource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the id of a request. */
public final class RequestIdentity {

    private RequestIdentity() {}

    /** Looks a name up in one part of a request; the first value when there are several, null when there is none. */
    @FunctionalInterface
    public interface Lookup {
        @Nullable
        String first(String name);
    }

    /**
     * The first claim, then the first header, then the first cookie, then the first query parameter of {@code source}
     * that is present and not blank decides, also when its value is too long to be an id.
     *
     * @param claim of a token that was verified, by exact name: a text, or an integer in decimal form; null for
     *     everything else, and for a request whose token does not verify
     * @param header by name in any case
     * @param cookie by exact name, value as sent
     * @param query by exact name, value form-decoded ({@code %XX} and plus)
     * @return null when the request has no id
     */
    public static @Nullable RequestId find(
            IdentitySource source, Lookup claim, Lookup header, Lookup cookie, Lookup query) {
        String raw = firstPresent(source.claims(), claim);
        if (raw == null) {
            raw = firstPresent(source.headers(), header);
        }
        if (raw == null) {
            raw = firstPresent(source.cookies(), cookie);
        }
        if (raw == null) {
            raw = firstPresent(source.queryParameters(), query);
        }
        return RequestId.of(raw);
    }

    private static @Nullable String firstPresent(List<String> names, Lookup lookup) {
        for (int i = 0; i < names.size(); i++) {
            String value = lookup.first(names.get(i));
            if (value != null && !value.trim().isEmpty()) {
                return value;
            }
        }
        return null;
    }
}
