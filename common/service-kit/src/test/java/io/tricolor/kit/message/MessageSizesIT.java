package io.tricolor.kit.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.sample.Sample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.ProducerFactory;

class MessageSizesIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private static Path directory;

    @Test
    void lie_above_the_largest_decision_and_below_what_the_registry_takes() {
        assertThat(MessageSizes.LARGEST_RECORD)
                .isGreaterThan(MessageSizes.LARGEST_DECISION)
                .isLessThan(MessageSizes.TOPIC_LIMIT)
                .isLessThan(MessageSizes.LARGEST_REGISTRY_VALUE);
    }

    @Test
    void end_the_start_when_the_producer_takes_too_little() {
        assertThatThrownBy(() -> MessageSizes.check(Map.of("max.request.size", "262144")))
                .hasMessageContaining("spring.kafka.producer.properties.max.request.size is 262144");
        assertThatThrownBy(() -> MessageSizes.check(Map.of())).hasMessageContaining("max.request.size is null");
        MessageSizes.check(Map.of("max.request.size", MessageSizes.LARGEST_RECORD));
    }

    @Test
    void make_the_health_down_when_a_topic_takes_too_little() throws Exception {
        try (KafkaEngine kafka = KafkaEngine.start(directory);
                Sample sample = Sample.start(
                        "spring.datasource.url=" + SharedEngines.freshDatabase("sizes"),
                        "spring.kafka.bootstrap-servers=" + kafka.bootstrapServers())) {
            sample.bean(KafkaTopics.class).ready().join();
            ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, Topics.CONFIG_EVENTS);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
                assertThat(limit(admin, topic)).isEqualTo(Integer.toString(MessageSizes.TOPIC_LIMIT));
                admin.incrementalAlterConfigs(Map.of(
                                topic,
                                List.of(new AlterConfigOp(
                                        new ConfigEntry("max.message.bytes", "200000"), AlterConfigOp.OpType.SET))))
                        .all()
                        .get();
                await().atMost(LONG).until(() -> limit(admin, topic).equals("200000"));
            }
            MessageSizes asking = new MessageSizes(
                    sample.bean(KafkaTopics.class),
                    sample.bean(KafkaAdmin.class),
                    sample.bean(ProducerFactory.class).getConfigurationProperties(),
                    new ProgressWatch(LONG));
            asking.start();
            await().atMost(LONG).until(() -> asking.health().getStatus().equals(Status.DOWN));
            assertThat(asking.health().getDetails().get(Topics.CONFIG_EVENTS).toString())
                    .contains("max.message.bytes is 200000");
            asking.stop();
        }
    }

    private static String limit(Admin admin, ConfigResource topic) throws Exception {
        return admin.describeConfigs(List.of(topic))
                .all()
                .get()
                .get(topic)
                .get("max.message.bytes")
                .value();
    }
}
