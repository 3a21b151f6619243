package io.tricolor.loggateway.search;

import io.tricolor.loggateway.elastic.Elasticsearch;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.ConsumerFactory;

/** What the controllers ask. */
@Configuration(proxyBeanMethods = false)
class SearchConfiguration {

    @Bean
    Finder finder(Elasticsearch elasticsearch) {
        return new Finder(elasticsearch);
    }

    @Bean
    Completeness completeness(ConsumerFactory<String, byte[]> consumers, Finder finder) {
        return new Completeness(new PublishedEvents(consumers), finder);
    }

    @Bean
    RequestCompleteness requestCompleteness(Finder finder) {
        return new RequestCompleteness(finder);
    }
}
