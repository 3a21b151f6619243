package io.tricolor.localhttp;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One request. Not safe for use by several threads. */
public final class Request {
    private final HttpExchange exchange;
    private final JsonMapper json;
    private final long maxBodyBytes;
    private final Map<String, String> pathValues;
    private final Map<String, List<String>> query;
    private byte @Nullable [] body;

    Request(HttpExchange exchange, JsonMapper json, long maxBodyBytes, Map<String, String> pathValues) {
        this.exchange = exchange;
        this.json = json;
        this.maxBodyBytes = maxBodyBytes;
        this.pathValues = pathValues;
        this.query = parseQuery(exchange.getRequestURI().getRawQuery());
    }

    /** The HTTP method in capitals. */
    public String method() {
        return exchange.getRequestMethod();
    }

    /** The request target as it was sent. */
    public URI uri() {
        return exchange.getRequestURI();
    }

    /** The decoded value of a hole of the path template. */
    public String path(String name) {
        String value = pathValues.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the path template has no {" + name + "}");
        }
        return value;
    }

    /** The first header of that name, case does not matter. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    /** The first value of a query parameter; a parameter without a value is the empty string. */
    public Optional<String> query(String name) {
        List<String> values = queryAll(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }

    /** All values of a query parameter in the order sent. */
    public List<String> queryAll(String name) {
        return query.getOrDefault(name, List.of());
    }

    /** The names of all query parameters. */
    public List<String> queryNames() {
        return List.copyOf(query.keySet());
    }

    /**
     * True for {@code ?name}, {@code ?name=} and {@code ?name=true}; false when absent or {@code false}; anything else
     * is a 400.
     */
    public boolean queryFlag(String name) {
        return query(name)
                .map(value -> switch (value) {
                    case "", "true", "1" -> true;
                    case "false", "0" -> false;
                    default ->
                        throw new HttpFailure(400, "query parameter " + name + " is true or false, not: " + value);
                })
                .orElse(false);
    }

    /** A whole number; a 400 when it is none. */
    public Optional<Long> queryLong(String name) {
        return query(name, "a whole number", Long::valueOf);
    }

    /** A whole number of 32 bits; a 400 when it is none. */
    public Optional<Integer> queryInt(String name) {
        return query(name, "a whole number", Integer::valueOf);
    }

    /**
     * A query parameter read by {@code parser}; what the parser refuses by an {@link IllegalArgumentException} is a
     * 400.
     *
     * @param expected what the parameter must be, for the message: "a duration", for instance
     */
    public <T> Optional<T> query(String name, String expected, Function<String, T> parser) {
        return query(name).map(value -> {
            try {
                return parser.apply(value);
            } catch (IllegalArgumentException e) {
                throw new HttpFailure(400, "query parameter " + name + " must be " + expected + ", not: " + value);
            }
        });
    }

    /** The body; empty when there is none. Throws a 413 when it is over the server's limit. The array is not copied. */
    public byte[] body() throws IOException {
        byte[] read = body;
        if (read == null) {
            read = readBody();
            body = read;
        }
        return read;
    }

    /** The body as UTF-8. */
    public String text() throws IOException {
        return new String(body(), StandardCharsets.UTF_8);
    }

    /** The body as JSON; a 400 when it is absent or does not fit. */
    public <T> T json(Class<T> type) throws IOException {
        return readJson(bytes -> json.readValue(bytes, type));
    }

    /** The body as JSON; a 400 when it is absent or does not fit. */
    public <T> T json(TypeReference<T> type) throws IOException {
        return readJson(bytes -> json.readValue(bytes, type));
    }

    /** The body as a JSON tree; a 400 when it is absent or broken. */
    public JsonNode json() throws IOException {
        return readJson(json::readTree);
    }

    private <T> T readJson(Function<byte[], @Nullable T> reader) throws IOException {
        byte[] bytes = body();
        if (bytes.length == 0) {
            throw new HttpFailure(400, "a JSON body is required");
        }
        T value;
        try {
            value = reader.apply(WholeCharacters.of(bytes));
        } catch (JacksonException e) {
            throw new HttpFailure(400, "the body is not the expected JSON: " + e.getOriginalMessage());
        }
        if (value == null) {
            throw new HttpFailure(400, "the body must not be null");
        }
        return value;
    }

    private byte[] readBody() throws IOException {
        InputStream in = exchange.getRequestBody();
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        boolean tooLarge = length != null && Long.parseLong(length) > maxBodyBytes;
        byte[] bytes = tooLarge ? new byte[0] : in.readNBytes((int) maxBodyBytes + 1);
        if (tooLarge || bytes.length > maxBodyBytes) {
            LocalServer.drain(in);
            throw new HttpFailure(
                    413, "the body is larger than " + maxBodyBytes + " bytes", Map.of("Connection", "close"));
        }
        return bytes;
    }

    private static Map<String, List<String>> parseQuery(@Nullable String raw) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    String name = RequestPath.decode(equals < 0 ? pair : pair.substring(0, equals));
                    String value = equals < 0 ? "" : RequestPath.decode(pair.substring(equals + 1));
                    query.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
                }
            }
        }
        return query;
    }
}
