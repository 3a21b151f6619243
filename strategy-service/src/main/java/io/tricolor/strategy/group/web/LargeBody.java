package io.tricolor.strategy.group.web;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.kit.problem.MisplacedInput;
import io.tricolor.kit.requestlog.RequestSteps;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.core.MethodParameter;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.HandlerMethodArgumentResolver;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;
import org.springframework.web.server.UnsupportedMediaTypeStatusException;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The body of a request that may name many ids: up to {@value #MAX_BYTES} bytes, read as they come, so that a million
 * ids are in memory as numbers alone. JSON becomes a record, and YAML too; of a {@link Text} the handler reads itself.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@io.swagger.v3.oas.annotations.parameters.RequestBody(required = true)
@interface LargeBody {

    /** Longest body: a million intervals with ends of 12 digits. */
    int MAX_BYTES = 32 << 20;

    /** Characters that come over the network. */
    @FunctionalInterface
    @Schema(type = "string")
    interface Text {

        /** To be called once, and closed; blocks. */
        Reader open();
    }

    /** Reads such bodies. */
    final class Argument implements HandlerMethodArgumentResolver {

        private static final int BUFFERS_AHEAD = 8;

        private final JsonMapper json;

        Argument(JsonMapper json) {
            this.json = json;
        }

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.hasParameterAnnotation(LargeBody.class);
        }

        @Override
        public Mono<Object> resolveArgument(
                MethodParameter parameter, BindingContext bindingContext, ServerWebExchange exchange) {
            ServerHttpRequest request = exchange.getRequest();
            MediaType type = request.getHeaders().getContentType();
            if (parameter.getParameterType() == Text.class) {
                Charset named = type == null ? null : type.getCharset();
                Charset charset = named == null ? StandardCharsets.UTF_8 : named;
                Text text = () -> new InputStreamReader(open(request, MAX_BYTES), charset);
                return Mono.just(text);
            }
            if (type != null && type.isCompatibleWith(MediaType.APPLICATION_YAML)) {
                return RequestSteps.blocking("body", () -> readYaml(parameter, request));
            }
            if (type == null || !type.isCompatibleWith(MediaType.APPLICATION_JSON)) {
                return Mono.error(new UnsupportedMediaTypeStatusException(
                        type, List.of(MediaType.APPLICATION_JSON, MediaType.APPLICATION_YAML)));
            }
            return RequestSteps.blocking("body", () -> read(parameter, request));
        }

        private Object read(MethodParameter parameter, ServerHttpRequest request) {
            BodyStream body = open(request, BodyStream.MAX_OTHER_BYTES);
            try (body) {
                return json.readerFor(json.constructType(parameter.getGenericParameterType()))
                        .withAttribute(BodyStream.class, body)
                        .readValue(body);
            } catch (JacksonException e) {
                if (body.isEmpty()) {
                    throw new ServerWebInputException("the body is missing", parameter);
                }
                throw new ServerWebInputException("the body cannot be read", parameter, new DecodingException("", e));
            } catch (IOException e) {
                throw new ServerWebInputException("the body cannot be read", parameter, e);
            }
        }

        /** Without the many ids that JSON may have: they are texts here at first. */
        private Object readYaml(MethodParameter parameter, ServerHttpRequest request) {
            BodyStream body = open(request, BodyStream.MAX_OTHER_BYTES);
            try (body) {
                YamlBody yaml = YamlBody.read(body)
                        .orElseThrow(() -> new ServerWebInputException("the body is missing", parameter));
                try {
                    return json.readerFor(json.constructType(parameter.getGenericParameterType()))
                            .withAttribute(BodyStream.class, body)
                            .readValue(yaml.root());
                } catch (JacksonException e) {
                    throw new ServerWebInputException(
                            "the body cannot be read", parameter, new MisplacedInput(yaml.placeOf(e), e));
                }
            } catch (IOException e) {
                throw new ServerWebInputException("the body cannot be read", parameter, e);
            }
        }

        private static BodyStream open(ServerHttpRequest request, int maxOtherBytes) {
            InputStream body = DataBufferUtils.subscriberInputStream(request.getBody(), BUFFERS_AHEAD);
            return new BodyStream(body, maxOtherBytes);
        }
    }
}
