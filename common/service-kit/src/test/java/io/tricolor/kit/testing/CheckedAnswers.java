package io.tricolor.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds every answer of a service under test to its OpenAPI document: the status is named there, and a JSON body has
 * the members that it says and no other. A source of the application; {@link #assertThatAllFitted} tells.
 */
public final class CheckedAnswers implements WebFilter, Ordered {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** Of one answer; where no alternative fits, each of them tells. */
    private static final int MOST_FAULTS = 3;

    private static final Set<String> FAULTS = new ConcurrentSkipListSet<>();
    private static final Set<String> CHECKED = new ConcurrentSkipListSet<>();

    private final JsonNode document;
    private final ObjectNode components;
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    CheckedAnswers(@Value("${spring.application.name}") String service) {
        try {
            document = JSON.readTree(Files.readString(OpenApiDocument.kept(service)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        components = (ObjectNode) document.path("components").deepCopy();
        components.path("schemas").forEach(CheckedAnswers::close);
    }

    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.has("properties") && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
    }

    /** Fails with all answers, since the last call, that were not as the document says; and when there was none. */
    public static void assertThatAllFitted() {
        try {
            assertThat(FAULTS).isEmpty();
            assertThat(CHECKED).as("operations that answered").isNotEmpty();
        } finally {
            FAULTS.clear();
            CHECKED.clear();
        }
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return chain.filter(exchange.mutate()
                .response(new ServerHttpResponseDecorator(exchange.getResponse()) {
                    @Override
                    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
                        MediaType type = getHeaders().getContentType();
                        if (type == null || !(type.getSubtype().endsWith("json"))) {
                            check(exchange, statusOf(this), null, type);
                            return super.writeWith(body);
                        }
                        return super.writeWith(DataBufferUtils.join(body).doOnNext(all -> {
                            String text = all.toString(StandardCharsets.UTF_8);
                            check(exchange, statusOf(this), text, type);
                        }));
                    }

                    @Override
                    public Mono<Void> setComplete() {
                        return super.setComplete().doFirst(() -> check(exchange, statusOf(this), null, null));
                    }
                })
                .build());
    }

    private static int statusOf(ServerHttpResponseDecorator response) {
        return response.getStatusCode() == null ? 200 : response.getStatusCode().value();
    }

    private void check(ServerWebExchange exchange, int status, @Nullable String body, @Nullable MediaType type) {
        PathPattern pattern = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        String method = exchange.getRequest().getMethod().name();
        if (pattern == null || status == 304) {
            return;
        }
        String path = pattern.getPatternString().replace("{*", "{").replaceAll("\\{(\\w+):[^{}]*}", "{$1}");
        JsonNode operation = document.path("paths").path(path).path(method.equals("HEAD") ? "get" : lower(method));
        if (operation.isMissingNode() || type == null && method.equals("HEAD")) {
            return; // of the framework, such as health and metrics
        }
        String what = method + " " + path + " " + status;
        JsonNode answers = operation.path("responses");
        JsonNode answer = answers.path(String.valueOf(status));
        if (answer.isMissingNode() && status >= 400) {
            answer = answers.path("default");
        }
        if (answer.isMissingNode()) {
            FAULTS.add(what + ": the document knows no such status");
            return;
        }
        CHECKED.add(what);
        if (body == null || method.equals("HEAD")) {
            return;
        }
        String subtype = type == null ? "" : type.getType() + "/" + type.getSubtype();
        JsonNode schema = answer.path("content").path(subtype).path("schema");
        if (schema.isMissingNode()) {
            FAULTS.add(what + ": the document knows no " + subtype);
            return;
        }
        schemas.computeIfAbsent(what + " " + subtype, key -> schema(schema)).validate(body, InputFormat.JSON).stream()
                .limit(MOST_FAULTS)
                .forEach(fault -> FAULTS.add(what + ": " + fault + " in " + shortened(body)));
    }

    private Schema schema(JsonNode schema) {
        ObjectNode root = (ObjectNode) schema.deepCopy();
        root.set("components", components);
        return SCHEMAS.getSchema(JSON.writeValueAsString(root), InputFormat.JSON);
    }

    private static String shortened(String body) {
        return body.length() <= 300 ? body : body.substring(0, 300) + "…";
    }

    private static String lower(String method) {
        return method.toLowerCase(java.util.Locale.ROOT);
    }
}
