package io.tricolor.loggateway.index;

import io.tricolor.contracts.Topics;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.KafkaTopics;
import io.tricolor.loggateway.elastic.Elasticsearch;
import io.tricolor.loggateway.elastic.IndexTemplates;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;

/** The two ways into Elasticsearch: request logs, and the audit trail. */
@Configuration(proxyBeanMethods = false)
class IndexConfiguration {

    private static final List<String> REQUESTS = List.of(Topics.LOGS);
    private static final List<String> EVENTS = Stream.concat(
                    Topics.eventTopics().stream(), Stream.of(Topics.MONITOR_HEALTH, Topics.AUDIT_REFUSALS))
            .toList();

    @Bean
    KafkaAdmin.NewTopics indexDeadLetterTopics() {
        return new KafkaAdmin.NewTopics(Stream.concat(REQUESTS.stream(), EVENTS.stream())
                .map(KafkaTopics::deadLetters)
                .toArray(NewTopic[]::new));
    }

    @Bean
    Bulk bulk(Elasticsearch elasticsearch, IndexTemplates templates) {
        return new Bulk(elasticsearch, templates);
    }

    @Bean
    DeadLetters deadLetters(KafkaTemplate<String, byte[]> kafka) {
        return new DeadLetters(kafka);
    }

    @Bean
    IndexingLoop requestIndexing(
            Bulk bulk,
            DeadLetters deadLetters,
            ConsumerFactory<String, byte[]> consumers,
            KafkaTopics topics,
            ProgressWatch watch) {
        return new IndexingLoop(
                "log-gateway-requests", REQUESTS, new RequestDocuments(), bulk, deadLetters, consumers, topics, watch);
    }

    @Bean
    IndexingLoop auditIndexing(
            Bulk bulk,
            DeadLetters deadLetters,
            ConsumerFactory<String, byte[]> consumers,
            KafkaTopics topics,
            ProgressWatch watch) {
        return new IndexingLoop(
                "log-gateway-audit", EVENTS, new AuditDocuments(), bulk, deadLetters, consumers, topics, watch);
    }
}
