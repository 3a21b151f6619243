package io.tricolor.kit.idempotency;

import org.axonframework.commandhandling.CommandBus;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.unit.DataSize;

/** {@code Idempotency-Key} for services with an event store. */
@AutoConfiguration(
        afterName = {
            "io.tricolor.kit.eventstore.EventStoreAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration"
        })
@ConditionalOnBean({CommandBus.class, JdbcClient.class})
class IdempotencyAutoConfiguration {

    @Bean
    SmartInitializingSingleton onceOnlyCommands(CommandBus bus, JdbcClient jdbc) {
        return () -> bus.registerHandlerInterceptor(new OnceOnly(jdbc));
    }

    @Bean
    IdempotencyFilter idempotencyFilter(@Value("${spring.http.codecs.max-in-memory-size}") DataSize maxBody) {
        return new IdempotencyFilter(Math.toIntExact(maxBody.toBytes()));
    }
}
