package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.standalone.demo.BadRelease;
import io.tricolor.standalone.demo.Demo;
import io.tricolor.standalone.demo.DemoSummary;
import io.tricolor.standalone.demo.Exchange;
import io.tricolor.standalone.demo.Scene;
import io.tricolor.standalone.demo.Story;
import io.tricolor.standalone.demo.Traffic;
import io.tricolor.standalone.demo.Verdict;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Router;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The whole suite, real processes and real traffic, with one router or the other. The tests of a class share one suite.
 * The drills share a group, from one release to the next; after a drill that failed the next one begins with a group of
 * its own.
 *
 * <p>What dies behind the router proves the same with either router and is killed with one of them only: local-marathon
 * and PostgreSQL with the gateway, deploy-service, Kafka and Consul with nginx. strategy-service, from which tables
 * come, and the router itself are killed with both.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SuiteScenarios {

    static final int RATE_PER_SECOND = 60;
    static final JsonMapper JSON = new JsonMapper();

    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** How far the clock of the traffic, which never steps, may be from that of the machine. */
    private static final Duration CLOCKS = Duration.ofMillis(100);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final Router router;

    RunningSuite suite;
    private ReleasedGroup group;
    private int groups;

    SuiteScenarios(Router router) {
        this.router = router;
    }

    /** What is killed in the middle of a release. */
    abstract Stream<Kill> kills();

    /**
     * One drill.
     *
     * @param what as {@link RunningSuite#kill} calls it
     * @param moment of the release
     * @param lost requests that may fail
     */
    record Kill(String what, Moment moment, Lost lost) {

        @Override
        public String toString() {
            return what;
        }
    }

    enum Moment {
        /** The new cluster is asked for, and has no instance yet. */
        START,
        /** Some users have the new cluster; the next table is on its way to the routers when the process is gone. */
        ROUTE
    }

    enum Lost {
        NONE,
        /** Those that were under way in what was killed. */
        UNDER_WAY,
        /** All until it is there again. */
        UNTIL_READY
    }

    @BeforeAll
    void start() throws Exception {
        suite = RunningSuite.start(router);
    }

    @AfterAll
    void stop() throws Exception {
        if (suite != null) {
            suite.close();
        }
        http.shutdownNow();
    }

    @Test
    @Order(1)
    void releases_and_rolls_back_under_traffic_without_losing_a_request() throws Exception {
        passes(new Demo(scene(200, 42), Demo.Flow.GRAYSCALE).run());
    }

    static void passes(DemoSummary summary) {
        assertThat(summary.failed()).as("%s", summary.examples()).isZero();
        assertThat(summary.misrouted()).as("%s", summary.examples()).isZero();
        assertThat(summary.held()).as("%s", summary).doesNotContainValue(false);
        assertThat(summary.rebuiltEqualsLive()).isTrue();
        assertThat(summary.requests()).isGreaterThan(1_000);
    }

    Scene scene(int ratePerSecond, long seed) {
        return new Scene(
                suite.url(Port.STRATEGY),
                suite.url(Port.GATEWAY),
                suite.key(),
                suite.sampleApp(),
                ratePerSecond,
                seed,
                new Story(new PrintWriter(System.out, true, StandardCharsets.UTF_8)));
    }

    @Test
    @Order(2)
    void takes_a_faulty_release_back_by_itself_before_many_users_meet_the_fault() throws Exception {
        BadRelease.Summary summary = new BadRelease(scene(200, 42)).run();
        assertThat(summary.verdict()).as("%s", summary).contains("canary");
        assertThat(summary.otherFailures()).as("%s", summary).isZero();
        assertThat(summary.isPassed()).as("%s", summary).isTrue();
    }

    @ParameterizedTest
    @Order(3)
    @MethodSource("kills")
    void goes_on_by_itself_after_a_kill_of(Kill kill) throws Exception {
        ReleasedGroup released = group == null ? ReleasedGroup.install(suite, "kill-" + ++groups) : group;
        group = null;
        Instant killed;
        Instant ready;
        List<Exchange> exchanges;
        try (Traffic traffic = traffic(suite.url(Port.GATEWAY), released)) {
            released.beginNext();
            if (kill.moment() == Moment.START) {
                released.awaitStart();
                killed = Instant.now();
                suite.kill(kill.what()).run();
                ready = Instant.now();
                released.awaitStage();
                released.approve();
            } else {
                released.awaitStage();
                killed = Instant.now();
                Runnable again = suite.kill(kill.what());
                released.approve();
                again.run();
                ready = Instant.now();
            }
            int answered = traffic.size();
            await("traffic").atMost(PATIENCE).until(() -> traffic.size() > answered + RATE_PER_SECOND);
            released.awaitCompleted();
            traffic.close();
            exchanges = traffic.exchanges();
        }
        Verdict verdict = released.judge(exchanges);
        List<Exchange> failed = exchanges.stream().filter(Exchange::failed).toList();
        System.out.printf(
                "kill of %s with %s: ready after %.1f s; %d requests, %d failed, %d misrouted%n",
                kill,
                router,
                Duration.between(killed, ready).toMillis() / 1e3,
                exchanges.size(),
                failed.size(),
                verdict.misrouted());
        assertThat(verdict.misrouted()).as("%s", verdict.examples()).isZero();
        Instant last = switch (kill.lost()) {
            case NONE -> Instant.MIN;
            case UNDER_WAY -> killed.plusSeconds(1);
            case UNTIL_READY -> ready;
        };
        assertThat(failed)
                .as("killed %s, ready %s", killed, ready)
                .filteredOn(one -> !one.sent().isBefore(last) || one.answered().isBefore(killed.minus(CLOCKS)))
                .isEmpty();
        released.assertReleased();
        group = released;
    }

    /** Users of a group, at a router. */
    Traffic traffic(URI target, ReleasedGroup of) {
        return Traffic.start(http, URI.create(target + "/" + of.name()), RATE_PER_SECOND, 42);
    }

    @Test
    @Order(5)
    void publishes_every_event_in_order_without_gaps() {
        Map<String, Long> expected = new HashMap<>();
        for (JsonNode group : suite.get(Port.STRATEGY, "/api/groups?limit=100").get("groups")) {
            expected.put(group.get("groupId").asString(), group.get("version").asLong());
        }
        assertThat(expected).isNotEmpty();
        Map<String, Place> last = new HashMap<>();
        List<String> faults = new ArrayList<>();
        Properties settings = new Properties();
        settings.put("bootstrap.servers", "127.0.0.1:" + suite.suite().port(Port.KAFKA));
        settings.put("group.id", "a-stranger");
        settings.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(Topics.CLUSTER_GROUP_EVENTS));
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> take(record, last, faults));
                return expected.entrySet().stream()
                        .allMatch(group ->
                                last.getOrDefault(group.getKey(), Place.NONE).sequence() >= group.getValue());
            });
        }
        assertThat(faults).isEmpty();
    }

    /** Where a stream is, as its facts say. */
    private record Place(long epoch, long sequence) {

        static final Place NONE = new Place(0, -1);
    }

    /** A repetition after a crash is allowed, a hole is not; a new epoch begins anew. */
    private static void take(ConsumerRecord<String, byte[]> record, Map<String, Place> last, List<String> faults) {
        Class<?> type = EventTypes.byCloudEventType(header(record, "ce_type")).orElseThrow();
        ClusterGroupEvent event = (ClusterGroupEvent) JSON.readValue(record.value(), type);
        Place place =
                new Place(Long.parseLong(header(record, "ce_epoch")), Long.parseLong(header(record, "ce_sequence")));
        Place before = last.getOrDefault(event.groupId(), Place.NONE);
        if (place.epoch() == before.epoch() && place.sequence() > before.sequence() + 1) {
            faults.add(event.groupId() + ": " + place + " after " + before);
        }
        if (place.epoch() > before.epoch() || place.epoch() == before.epoch() && place.sequence() > before.sequence()) {
            last.put(event.groupId(), place);
        }
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
