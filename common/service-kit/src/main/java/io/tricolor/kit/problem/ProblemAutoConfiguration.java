package io.tricolor.kit.problem;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;

/** Problem documents for every failure: of controllers, of filters, of requests that reach neither. */
@AutoConfiguration(beforeName = "org.springframework.boot.webflux.autoconfigure.error.ErrorWebFluxAutoConfiguration")
class ProblemAutoConfiguration {

    @Bean
    ProblemWriter problemWriter(ObjectProvider<MissingAggregate> missingAggregate) {
        return new ProblemWriter(missingAggregate.getIfAvailable());
    }

    @Bean
    ProblemAdvice problemAdvice(ProblemWriter writer) {
        return new ProblemAdvice(writer);
    }

    /** Right inside the request log, so that a line shows what was answered. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE + 10)
    WebFilter problemFilter(ProblemWriter writer) {
        return (exchange, chain) ->
                FatalErrors.answered(exchange, chain).onErrorResume(failure -> writer.write(exchange, failure));
    }

    /** For failures outside of the filters. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebExceptionHandler problemExceptionHandler(ProblemWriter writer) {
        return writer::write;
    }
}
