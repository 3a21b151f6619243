package io.tricolor.kit.eventstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Upcast;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.ToyPainted;
import java.util.List;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What was stored in an earlier revision is read as today's, by whatever reads. */
class StoredUpcastsIT {

    private static Sample sample;

    @Configuration(proxyBeanMethods = false)
    static class Toys {

        @Bean
        ServiceEventTypes toys() {
            return () -> List.of(ToyPainted.class);
        }

        @Bean
        Upcast renamed() {
            return new Upcast("sample.toy-painted", 1, json -> {
                json.put("colour", json.remove("color"));
                return json;
            });
        }

        @Bean
        Upcast several() {
            return new Upcast("sample.toy-painted", 2, json -> {
                json.put("colours", List.of(json.remove("colour")));
                return json;
            });
        }
    }

    @BeforeAll
    static void start() {
        sample = Sample.start(
                new Class<?>[] {Toys.class}, "spring.datasource.url=" + SharedEngines.freshDatabase("upcasts"));
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    @Test
    void are_applied_to_the_stored_json_of_every_earlier_revision() {
        store("bear", 0, "1", "{\"toy\":\"bear\",\"color\":\"red\"}");
        store("bear", 1, "2", "{\"toy\":\"bear\",\"colour\":\"green\"}");
        store("bear", 2, "3", "{\"toy\":\"bear\",\"colours\":[\"red\",\"blue\"]}");
        ToyPainted[] expected = {
            new ToyPainted("bear", List.of("red")),
            new ToyPainted("bear", List.of("green")),
            new ToyPainted("bear", List.of("red", "blue"))
        };
        assertThat(sample.bean(StreamReader.class).read("bear", 0, 10))
                .extracting(StoredEvent::payload)
                .containsExactly((Object[]) expected);
        assertThat(sample.bean(EventStore.class).readEvents("bear").asStream())
                .extracting(EventMessage::getPayload)
                .extracting(Object.class::cast)
                .containsExactly((Object[]) expected);
    }

    @Test
    void leave_a_newer_revision_to_whoever_knows_it() {
        store("future", 0, "4", "{\"toy\":\"future\"}");
        StreamReader reader = sample.bean(StreamReader.class);
        assertThatThrownBy(() -> reader.read("future", 0, 1)).hasMessageContaining("revision 4");
        sample.bean(JdbcClient.class)
                .sql("delete from domain_event where aggregate_id = 'future'")
                .update();
    }

    private static void store(String toy, long sequence, String revision, String json) {
        sample.bean(JdbcClient.class)
                .sql("""
                        insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                                                  payload_revision, payload, metadata, recorded_at)
                        values ('Toy', :toy, :sequence, :event, 'sample.toy-painted', :revision, :json, :metadata,
                                '2026-01-15T14:00:00.000Z')
                        """)
                .param("toy", toy)
                .param("sequence", sequence)
                .param("event", toy + sequence)
                .param("revision", revision)
                .param("json", json.getBytes(UTF_8))
                .param("metadata", "{}".getBytes(UTF_8))
                .update();
    }
}
