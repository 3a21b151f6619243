package io.tricolor.kit.message;

import io.tricolor.contracts.Topics;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.KafkaAdmin;

/**
 * Proves that Kafka takes the largest event that can be stored: the producer's limit ends the start when it is too
 * small; those of the topics are asked for once Kafka is there, and again from time to time, and a topic that takes too
 * little makes the health DOWN before an event waits behind it.
 */
public final class MessageSizes implements SmartLifecycle, HealthIndicator {

    /** Most bytes of all events of one decision, payloads and metadata, as they are stored. */
    public static final int LARGEST_DECISION = 256 * 1024;

    /** What the registry takes as one value. */
    public static final int LARGEST_REGISTRY_VALUE = 512 * 1024;

    /** What an event may grow by on its way: the headers of the record with their names. */
    static final int ENVELOPE = 16 * 1024;

    /** Bytes that a record may have at most, headers included. */
    static final int LARGEST_RECORD = LARGEST_DECISION + ENVELOPE;

    /** What a topic of ours is made with. */
    static final int TOPIC_LIMIT = 1024 * 1024;

    private static final Logger log = LoggerFactory.getLogger(MessageSizes.class);

    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final KafkaTopics topics;
    private final Map<String, Object> adminSettings;
    private final Loop loop;
    private volatile Map<String, String> tooSmall = Map.of();

    MessageSizes(KafkaTopics topics, KafkaAdmin admin, Map<String, Object> producerSettings, ProgressWatch watch) {
        check(producerSettings);
        this.topics = topics;
        this.adminSettings = admin.getConfigurationProperties();
        this.loop = Loop.named("message-sizes", this::askWhenReady)
                .every(EVERY)
                .auxiliary()
                .build(watch);
    }

    static void check(Map<String, Object> producerSettings) {
        String key = ProducerConfig.MAX_REQUEST_SIZE_CONFIG;
        Object limit = producerSettings.get(key);
        if (limit == null || Long.parseLong(limit.toString()) < LARGEST_RECORD) {
            throw new IllegalStateException("spring.kafka.producer.properties." + key + " is " + limit
                    + ", and an event may have " + LARGEST_RECORD + " bytes on its way");
        }
    }

    private void askWhenReady() throws InterruptedException, ExecutionException, TimeoutException {
        if (!topics.ready().isDone()) {
            return;
        }
        try (Admin client = Admin.create(adminSettings)) {
            List<ConfigResource> asked = Topics.eventTopics().stream()
                    .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                    .toList();
            Map<ConfigResource, Config> answers =
                    client.describeConfigs(asked).all().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            Map<String, String> found = new TreeMap<>();
            answers.forEach((topic, config) -> {
                String limit = config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value();
                if (Long.parseLong(limit) < LARGEST_RECORD) {
                    found.put(
                            topic.name(),
                            TopicConfig.MAX_MESSAGE_BYTES_CONFIG + " is " + limit + ", below " + LARGEST_RECORD);
                }
            });
            if (!found.isEmpty() && !found.equals(tooSmall)) {
                log.error("Kafka takes less than an event may have: {}", found);
            }
            tooSmall = Map.copyOf(found);
        }
    }

    @Override
    public Health health() {
        Map<String, String> found = tooSmall;
        return found.isEmpty()
                ? Health.up().build()
                : Health.down().withDetails(found).build();
    }

    @Override
    public void start() {
        loop.start();
        var _ = topics.ready().thenRun(loop::wake);
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
