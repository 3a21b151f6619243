package io.tricolor.loggateway.intake;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.ProducerFactory;

/** The way of a line from HTTP to Kafka. */
@Configuration(proxyBeanMethods = false)
class IntakeConfiguration {

    @Bean
    LinePublisher linePublisher(ProducerFactory<String, byte[]> shared, IntakeProperties properties) {
        return new LinePublisher(shared, properties);
    }

    @Bean
    Intake intake(IntakeProperties properties, LinePublisher publisher) {
        return new Intake(properties, publisher);
    }
}
