package io.tricolor.kit.message;

import io.tricolor.contracts.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.KafkaAdmin;

/**
 * Makes the topics of the contract when they are missing, in the background: a service starts without Kafka and goes on
 * trying. Existing topics are left as they are.
 */
public final class KafkaTopics implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(KafkaTopics.class);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int OPERATION_TIMEOUT_SECONDS = 5;

    private final KafkaAdmin admin;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private volatile boolean running;
    private volatile Thread worker = Thread.currentThread();

    KafkaTopics(KafkaAdmin admin) {
        this.admin = admin;
        admin.setAutoCreate(false);
        admin.setOperationTimeout(OPERATION_TIMEOUT_SECONDS);
    }

    /** Completes once the topics are there. */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    @Override
    public void start() {
        running = true;
        worker = Thread.ofVirtual().name("kafka-topics").start(this::createUntilThere);
    }

    private void createUntilThere() {
        boolean complained = false;
        while (running && !ready.isDone()) {
            if (admin.initialize()) {
                ready.complete(null);
                return;
            }
            if (!complained) {
                log.warn("Kafka cannot be reached: messages wait until it can");
                complained = true;
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        worker.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** The topics of the contract. */
    static List<NewTopic> ofContract() {
        List<NewTopic> topics = new ArrayList<>();
        Topics.eventTopics().forEach(name -> topics.add(keptForEver(name)));
        topics.add(keptFor(Topics.DEPLOY_COMMANDS, Duration.ofDays(7)));
        topics.add(keptFor(Topics.DEPLOY_OBSERVATIONS, Duration.ofDays(7)));
        topics.add(topic(Topics.MONITOR_HEALTH)
                .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)));
        topics.add(keptFor(Topics.LOGS, Duration.ofDays(3)));
        topics.replaceAll(KafkaTopics::largeEnough);
        return topics;
    }

    /** The dead-letter topic of a topic; kept for thirty days. */
    public static NewTopic deadLetters(String topic) {
        return largeEnough(keptFor(Topics.deadLetter(topic), Duration.ofDays(30)));
    }

    private static NewTopic largeEnough(NewTopic topic) {
        Map<String, String> settings = new HashMap<>(topic.configs());
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MessageSizes.TOPIC_LIMIT));
        return topic.configs(settings);
    }

    private static NewTopic keptForEver(String name) {
        return topic(name)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        "-1",
                        TopicConfig.RETENTION_BYTES_CONFIG,
                        "-1"));
    }

    private static NewTopic keptFor(String name, Duration time) {
        return topic(name)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        Long.toString(time.toMillis())));
    }

    private static NewTopic topic(String name) {
        return new NewTopic(name, Optional.of(Topics.PARTITIONS), Optional.empty());
    }
}
