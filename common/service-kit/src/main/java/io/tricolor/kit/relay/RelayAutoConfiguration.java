package io.tricolor.kit.relay;

import io.tricolor.kit.eventstore.StreamReader;
import java.time.Duration;
import org.axonframework.config.Configuration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.core.KafkaTemplate;

/** The relay, for a service that has an event store, Kafka and a {@link RelayRoute}. */
@AutoConfiguration(
        afterName = {
            "io.tricolor.kit.eventstore.EventStoreAutoConfiguration",
            "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration"
        },
        beforeName = "org.axonframework.springboot.autoconfig.InfraConfiguration")
@ConditionalOnBean({RelayRoute.class, StreamReader.class, KafkaTemplate.class})
class RelayAutoConfiguration {

    private static final Duration ABOVE_DELIVERY_TIMEOUT = Duration.ofSeconds(5);

    @Bean
    RelayState relayState(StreamReader store, Configuration configuration) {
        return new RelayState(store, configuration);
    }

    @Bean
    KafkaRelay kafkaRelay(
            KafkaTemplate<String, byte[]> kafka,
            RelayRoute route,
            RelayState state,
            @Value("${spring.application.name}") String service,
            @Value("${spring.kafka.producer.properties.delivery.timeout.ms}") long deliveryTimeoutMillis) {
        return new KafkaRelay(
                kafka,
                route,
                "/tricolor/" + service,
                Duration.ofMillis(deliveryTimeoutMillis).plus(ABOVE_DELIVERY_TIMEOUT),
                state);
    }
}
