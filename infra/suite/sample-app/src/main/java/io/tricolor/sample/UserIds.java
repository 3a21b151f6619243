package io.tricolor.sample;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a request says who the user is: header {@code X-User-Id}, then cookie {@code userId}, then query parameter
 * {@code userId}.
 */
final class UserIds {

    private UserIds() {}

    static @Nullable String of(@Nullable String header, List<String> cookieHeaders, @Nullable String rawQuery) {
        if (header != null && !header.isBlank()) {
            return header.strip();
        }
        String cookie = named(cookieHeaders.stream().flatMap(line -> Stream.of(line.split(";", -1))), "userId");
        if (cookie != null) {
            return cookie;
        }
        return parameter(rawQuery, "userId");
    }

    static @Nullable String parameter(@Nullable String rawQuery, String name) {
        if (rawQuery == null) {
            return null;
        }
        String value = named(Stream.of(rawQuery.split("&", -1)), name);
        return value == null ? null : URLDecoder.decode(value, StandardCharsets.UTF_8);
    }

    private static @Nullable String named(Stream<String> pairs, String name) {
        return pairs.map(String::strip)
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> pair.substring(name.length() + 1))
                .filter(value -> !value.isBlank())
                .findFirst()
                .orElse(null);
    }
}
