package io.tricolor.strategy.group.web;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.springframework.core.MethodParameter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.codec.StringDecoder;
import org.springframework.http.codec.DecoderHttpMessageReader;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.annotation.AbstractMessageReaderArgumentResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The body of a request that may name many ids: as a request body, but up to {@value #MAX_BYTES} bytes. */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@interface LargeBody {

    /** Longest body. */
    int MAX_BYTES = 4 << 20;

    /** Reads such bodies, JSON and text. */
    final class Argument extends AbstractMessageReaderArgumentResolver {

        Argument(JsonMapper json) {
            super(List.of(json(json), text()), ReactiveAdapterRegistry.getSharedInstance());
        }

        private static HttpMessageReader<?> json(JsonMapper json) {
            JacksonJsonDecoder decoder = new JacksonJsonDecoder(json);
            decoder.setMaxInMemorySize(MAX_BYTES);
            return new DecoderHttpMessageReader<>(decoder);
        }

        private static HttpMessageReader<?> text() {
            StringDecoder decoder = StringDecoder.allMimeTypes();
            decoder.setMaxInMemorySize(MAX_BYTES);
            return new DecoderHttpMessageReader<>(decoder);
        }

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.hasParameterAnnotation(LargeBody.class);
        }

        @Override
        public Mono<Object> resolveArgument(
                MethodParameter parameter, BindingContext bindingContext, ServerWebExchange exchange) {
            return readBody(parameter, true, bindingContext, exchange);
        }
    }
}
