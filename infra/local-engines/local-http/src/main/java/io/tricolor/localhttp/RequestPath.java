package io.tricolor.localhttp;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The path of a request: segments decoded one by one (an encoded slash stays inside its segment), empty segments
 * dropped.
 */
record RequestPath(List<String> segments, boolean endsWithSlash) {
    static RequestPath parse(URI target) {
        // A target that begins with two slashes reads as an authority.
        boolean pathTakenForAuthority = target.getScheme() == null && target.getRawAuthority() != null;
        return parse(pathTakenForAuthority ? target.getRawAuthority() + target.getRawPath() : target.getRawPath());
    }

    private static RequestPath parse(String rawPath) {
        List<String> segments = new ArrayList<>();
        for (String raw : rawPath.split("/", -1)) {
            if (!raw.isEmpty()) {
                segments.add(decode(raw.replace("+", "%2B")));
            }
        }
        return new RequestPath(List.copyOf(segments), rawPath.length() > 1 && rawPath.endsWith("/"));
    }

    static String decode(String raw) {
        try {
            return URLDecoder.decode(raw, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "not a valid percent-encoding: " + raw);
        }
    }
}
