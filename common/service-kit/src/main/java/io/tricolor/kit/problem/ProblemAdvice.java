package io.tricolor.kit.problem;

import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Failures of controllers. Also of use to tests that bind a single controller:
 * {@code controllerAdvice(ProblemAdvice.forTests())}.
 */
@ControllerAdvice
public final class ProblemAdvice {

    private final ProblemWriter writer;

    ProblemAdvice(ProblemWriter writer) {
        this.writer = writer;
    }

    /** An advice without a Spring context. */
    public static ProblemAdvice forTests() {
        return new ProblemAdvice(new ProblemWriter(null));
    }

    /** Answers with the problem document. */
    @ExceptionHandler
    Mono<Void> handle(Throwable failure, ServerWebExchange exchange) {
        return writer.write(exchange, failure);
    }
}
