package io.tricolor.contracts.group;

import java.util.List;

/**
 * Where a router finds the user id of a request: the first header, then the first cookie, then the first query parameter that is
 * present and not blank. Header names are case-insensitive.
 */
public record IdentitySource(List<String> headers, List<String> cookies, List<String> queryParameters) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public IdentitySource {
        headers = headers == null ? List.of() : List.copyOf(headers);
        cookies = cookies == null ? List.of() : List.copyOf(cookies);
        queryParameters = queryParameters == null ? List.of() : List.copyOf(queryParameters);
    }

    /** Header {@code X-User-Id}, cookie {@code userId}, query parameter {@code userId}. */
    public static IdentitySource standard() {
        return new IdentitySource(List.of("X-User-Id"), List.of("userId"), List.of("userId"));
    }
}
