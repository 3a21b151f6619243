package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Where a router finds the user id of a request: the first claim of a verified token, then the first header, then the
 * first cookie, then the first query parameter that is present and not blank. Header names are case-insensitive.
 *
 * @param claims names of claims of a JSON Web Token that the request carries as {@code Authorization: Bearer}; a token
 *     that does not verify or has expired has none; not written when empty, as in what was written before there were
 *     any
 */
public record IdentitySource(
        List<String> headers,
        List<String> cookies,
        List<String> queryParameters,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> claims) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public IdentitySource {
        headers = headers == null ? List.of() : List.copyOf(headers);
        cookies = cookies == null ? List.of() : List.copyOf(cookies);
        queryParameters = queryParameters == null ? List.of() : List.copyOf(queryParameters);
        claims = claims == null ? List.of() : List.copyOf(claims);
    }

    /** Without claims. */
    public IdentitySource(List<String> headers, List<String> cookies, List<String> queryParameters) {
        this(headers, cookies, queryParameters, List.of());
    }

    /** Header {@code X-User-Id}, cookie {@code userId}, query parameter {@code userId}. */
    public static IdentitySource standard() {
        return new IdentitySource(List.of("X-User-Id"), List.of("userId"), List.of("userId"));
    }
}
