package io.tricolor.kit.refusal;

import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import java.time.InstantSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;

/** Records of refused commands, wherever there is Kafka. */
@AutoConfiguration(afterName = "io.tricolor.kit.message.MessageAutoConfiguration")
@ConditionalOnBean(MessagePublisher.class)
class RefusalAutoConfiguration {

    @Bean
    Refusals refusals(
            @Value("${spring.application.name}") String service, MessagePublisher publisher, ProgressWatch watch) {
        return new Refusals(service, publisher, InstantSource.system(), watch);
    }

    @Bean
    RefusalFilter refusalFilter(@Value("${spring.application.name}") String service, Refusals refusals) {
        return new RefusalFilter(service, InstantSource.system(), refusals::take);
    }
}
