package io.tricolor.loggateway.elastic;

import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Elasticsearch: connection, templates, watch. */
@Configuration(proxyBeanMethods = false)
class ElasticsearchConfiguration {

    private static final Duration INTERVAL = Duration.ofSeconds(3);

    @Bean
    Elasticsearch elasticsearch(ElasticsearchProperties properties) {
        return new Elasticsearch(properties);
    }

    @Bean
    IndexTemplates indexTemplates(Elasticsearch elasticsearch) {
        return new IndexTemplates(elasticsearch);
    }

    @Bean
    ElasticsearchWatch elasticsearchHealthIndicator(
            IndexTemplates templates, InstantSource clock, ProgressWatch watch) {
        return new ElasticsearchWatch(templates, INTERVAL, clock, watch);
    }
}
