package io.tricolor.kit.message;

import io.tricolor.kit.loop.ProgressWatch;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;

/** Topics and the publisher, wherever Kafka's address is given. */
@AutoConfiguration(
        afterName = {
            "io.tricolor.kit.loop.LoopAutoConfiguration",
            "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration"
        })
class MessageAutoConfiguration {

    @Bean
    KafkaAdmin.NewTopics contractTopics() {
        return new KafkaAdmin.NewTopics(KafkaTopics.ofContract().toArray(NewTopic[]::new));
    }

    @Bean
    KafkaTopics kafkaTopics(KafkaAdmin admin, ProgressWatch watch) {
        return new KafkaTopics(admin, watch);
    }

    @Bean
    SendQueue sendQueue(KafkaTemplate<String, byte[]> kafka, ProgressWatch watch) {
        return new SendQueue(kafka, watch);
    }

    @Bean
    MessagePublisher messagePublisher(SendQueue queue, @Value("${spring.application.name}") String service) {
        return new MessagePublisher(queue, "/tricolor/" + service);
    }
}
