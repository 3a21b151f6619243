package io.tricolor.kit.inbox;

import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.KafkaTopics;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/** Consumers, for a service that has {@link TopicConsumer} beans. Without a database they run without an inbox. */
@AutoConfiguration(
        afterName = {
            "io.tricolor.kit.message.MessageAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration"
        })
@ConditionalOnBean(TopicConsumer.class)
class InboxAutoConfiguration {

    @Bean
    KafkaAdmin.NewTopics deadLetterTopics(List<TopicConsumer> consumers) {
        return new KafkaAdmin.NewTopics(consumers.stream()
                .flatMap(consumer -> consumer.topics().stream())
                .distinct()
                .map(KafkaTopics::deadLetters)
                .toArray(NewTopic[]::new));
    }

    @Bean
    TopicConsumers topicConsumers(
            List<TopicConsumer> consumers,
            ConsumerFactory<String, byte[]> factory,
            KafkaTopics topics,
            ProgressWatch watch,
            KafkaTemplate<String, byte[]> kafka,
            ObjectProvider<JdbcClient> jdbc,
            ObjectProvider<PlatformTransactionManager> transactionManager) {
        JdbcClient database = jdbc.getIfAvailable();
        PlatformTransactionManager manager = transactionManager.getIfAvailable();
        return new TopicConsumers(
                consumers,
                factory,
                topics.ready(),
                watch,
                database == null ? null : new InboxRows(database),
                manager == null ? TransactionOperations.withoutTransaction() : new TransactionTemplate(manager),
                kafka);
    }
}
