package io.tricolor.kit.message;

import io.tricolor.contracts.Topics;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.KafkaAdmin;

/**
 * Makes the topics of the contract when they are missing, in the background: a service starts without Kafka and goes on
 * trying, whatever happens. Existing topics are left as they are. While Kafka is not there the service is degraded, not
 * down: it takes commands, and what it has to say waits.
 */
public final class KafkaTopics implements SmartLifecycle {

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration INITIALIZATION = Duration.ofSeconds(60);
    private static final int OPERATION_TIMEOUT_SECONDS = 5;

    private final BooleanSupplier initialize;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Loop loop;

    KafkaTopics(KafkaAdmin admin, ProgressWatch watch) {
        this(admin::initialize, watch);
        admin.setAutoCreate(false);
        admin.setOperationTimeout(OPERATION_TIMEOUT_SECONDS);
    }

    /** With what makes the topics; false when Kafka cannot be reached. */
    KafkaTopics(BooleanSupplier initialize, ProgressWatch watch) {
        this.initialize = initialize;
        this.loop = Loop.named("kafka-topics", this::create)
                .backOff(FIRST_PAUSE, LONGEST_PAUSE)
                .mayTake(INITIALIZATION)
                .position(() -> "the topics of the contract")
                .auxiliary()
                .build(watch);
    }

    /**
     * Completes once the topics are there. Do nothing that blocks or fails upon it: it is completed by the thread that
     * made them.
     */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    private void create() throws NoKafka {
        if (!initialize.getAsBoolean()) {
            throw new NoKafka();
        }
        loop.stop();
        ready.complete(null);
    }

    /** Messages wait. */
    private static final class NoKafka extends Exception {

        private static final long serialVersionUID = 1L;

        NoKafka() {
            super("Kafka cannot be reached: messages wait until it can");
        }
    }

    @Override
    public void start() {
        if (!ready.isDone()) {
            loop.start();
        }
    }

    @Override
    public void stop() {
        loop.stop();
    }

    /** True once started until the topics are there or it is stopped. */
    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    /** The topics of the contract. */
    static List<NewTopic> ofContract() {
        List<NewTopic> topics = new ArrayList<>();
        Topics.eventTopics().forEach(name -> topics.add(keptForEver(name)));
        topics.add(keptFor(Topics.DEPLOY_COMMANDS, Duration.ofDays(7)));
        topics.add(keptFor(Topics.DEPLOY_OBSERVATIONS, Duration.ofDays(7)));
        for (String compacted : List.of(Topics.MONITOR_HEALTH, Topics.CLUSTER_GROUP_SNAPSHOTS)) {
            topics.add(topic(compacted)
                    .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)));
        }
        topics.add(keptFor(Topics.MONITOR_COMMANDS, Duration.ofDays(1)));
        topics.add(keptFor(Topics.MONITOR_OBSERVATIONS, Duration.ofDays(7)));
        topics.add(keptFor(Topics.LOGS, Duration.ofDays(3)));
        topics.add(keptForEver(Topics.AUDIT_ROOTS));
        topics.add(keptFor(Topics.AUDIT_REFUSALS, Duration.ofDays(400)));
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
