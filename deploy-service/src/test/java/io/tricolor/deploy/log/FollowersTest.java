package io.tricolor.deploy.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.deploy.orchestrator.InstanceLogs.Part;
import io.tricolor.deploy.orchestrator.InstanceLogs.Stream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.http.codec.ServerSentEvent;

class FollowersTest {

    private final FakeLogs logs = new FakeLogs();
    private final Followers followers = new Followers(logs);

    @Test
    void tells_what_is_there_what_comes_and_the_end() throws InterruptedException {
        logs.write("one\n");
        BlockingQueue<ServerSentEvent<String>> events = new LinkedBlockingQueue<>();
        var subscription = followers
                .events("i", Stream.STDOUT, logs.tail("i", Stream.STDOUT, 10).orElseThrow())
                .subscribe(events::add);
        assertThat(next(events)).isEqualTo("4 one");
        logs.write("tw");
        assertThat(next(events)).as("no whole line yet").isEqualTo("ping");
        logs.write("o\nthree");
        assertThat(next(events)).isEqualTo("8 two");
        logs.end();
        assertThat(next(events)).isEqualTo("13 three");
        assertThat(next(events)).isEqualTo("13 end");
        subscription.dispose();
    }

    @Test
    void ends_when_the_orchestrator_is_away_so_that_the_reader_comes_again() {
        logs.write("one\n");
        logs.away();
        List<String> texts = followers
                .text("i", Stream.STDOUT, logs.tail("i", Stream.STDOUT, 10).orElseThrow())
                .collectList()
                .block(Duration.ofSeconds(20));
        assertThat(texts).containsExactly("one\n");
    }

    @Test
    void a_line_that_is_too_long_becomes_several_and_no_character_is_cut() {
        Lines lines = new Lines(0);
        byte[] content = ("ä".repeat(20_000) + "\n").getBytes(StandardCharsets.UTF_8);
        List<ServerSentEvent<String>> events = lines.take(new Part(0, content, false));
        List<String> texts = new ArrayList<>();
        events.forEach(event -> texts.add(String.valueOf(event.data())));
        assertThat(String.join("", texts)).isEqualTo("ä".repeat(20_000));
        assertThat(texts).hasSize(3);
        assertThat(events.getLast().id()).isEqualTo("40001");
    }

    @Test
    void what_would_end_a_line_of_the_stream_is_no_part_of_an_event() {
        byte[] content = "a\rb\r\n".getBytes(StandardCharsets.UTF_8);
        assertThat(new Lines(0).take(new Part(0, content, false)).getFirst().data())
                .isEqualTo("a b");
    }

    @Test
    void a_gap_begins_a_new_line() {
        Lines lines = new Lines(0);
        assertThat(lines.take(new Part(0, "begun".getBytes(StandardCharsets.UTF_8), false)))
                .isEmpty();
        assertThat(lines.take(new Part(100, "new\n".getBytes(StandardCharsets.UTF_8), false)))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.data()).isEqualTo("new");
                    assertThat(event.id()).isEqualTo("104");
                });
    }

    private static String next(BlockingQueue<ServerSentEvent<String>> events) throws InterruptedException {
        ServerSentEvent<String> event = events.poll(20, TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        if (event.comment() != null) {
            return event.comment();
        }
        return event.id() + " " + ("end".equals(event.event()) ? "end" : event.data());
    }
}
