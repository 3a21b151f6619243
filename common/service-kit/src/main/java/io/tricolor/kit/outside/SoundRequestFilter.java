package io.tricolor.kit.outside;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Refuses a request whose path or query is no text that a store could keep: with a broken percent sign, with bytes that
 * are no UTF-8, with NUL. Nothing is repaired: what would be stored or searched for is what was sent.
 */
final class SoundRequestFilter implements WebFilter, Ordered {

    /** Inside the filter that answers problems, before all that reads the request. */
    private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 20;

    private static final int LONGEST_SHOWN = 64;

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String flaw = flaw(
                exchange.getRequest().getURI().getRawPath(),
                exchange.getRequest().getURI().getRawQuery());
        return flaw == null ? chain.filter(exchange) : Mono.error(new Rejected(Code.INVALID_ARGUMENT, flaw));
    }

    /** What is wrong, with the name of the parameter; null when nothing is. */
    static @Nullable String flaw(@Nullable String rawPath, @Nullable String rawQuery) {
        String ofPath = rawPath == null ? null : flaw(rawPath);
        if (ofPath != null) {
            return "the path " + ofPath;
        }
        if (rawQuery == null) {
            return null;
        }
        int from = 0;
        while (from <= rawQuery.length()) {
            int next = rawQuery.indexOf('&', from);
            int to = next < 0 ? rawQuery.length() : next;
            String parameter = rawQuery.substring(from, to);
            String ofParameter = flaw(parameter);
            if (ofParameter != null) {
                int equals = parameter.indexOf('=');
                String name = equals < 0 ? parameter : parameter.substring(0, equals);
                return "the query parameter '" + Text.shown(name, LONGEST_SHOWN) + "' " + ofParameter;
            }
            from = to + 1;
        }
        return null;
    }

    private static @Nullable String flaw(String raw) {
        if (raw.indexOf('%') < 0) {
            return Text.flaw(raw);
        }
        ByteBuffer bytes = ByteBuffer.allocate(raw.length() * 3);
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
            int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                return "has a percent sign without two hexadecimal digits";
            }
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return Text.flaw(StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()));
        } catch (CharacterCodingException e) {
            return "has bytes that are no UTF-8";
        }
    }
}
