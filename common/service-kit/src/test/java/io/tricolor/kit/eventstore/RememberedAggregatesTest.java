package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.eventsourcing.EventSourcingRepository;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.inmemory.InMemoryEventStorageEngine;
import org.axonframework.messaging.unitofwork.DefaultUnitOfWork;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateLifecycle;
import org.axonframework.modelling.command.Repository;
import org.junit.jupiter.api.Test;

class RememberedAggregatesTest {

    private final List<Long> readFrom = new ArrayList<>();
    private InMemoryEventStorageEngine storage = new InMemoryEventStorageEngine();
    private final RememberedAggregates remembered = new RememberedAggregates(2);
    private Repository<Counter> repository = repository(remembered);

    record Counted(String id, long number) {}

    @SuppressWarnings("NullAway.Init")
    static class Counter {

        @AggregateIdentifier
        private String id;

        private long number;

        Counter() {}

        Counter(String id) {
            AggregateLifecycle.apply(new Counted(id, 1));
        }

        void count() {
            AggregateLifecycle.apply(new Counted(id, number + 1));
        }

        @EventSourcingHandler
        void on(Counted event) {
            id = event.id();
            number = event.number();
        }
    }

    /** Notes from where on streams are read. */
    private final class Noting extends EmbeddedEventStore {

        Noting() {
            super(EmbeddedEventStore.builder().storageEngine(storage));
        }

        @Override
        public DomainEventStream readEvents(String id, long from) {
            readFrom.add(from);
            return super.readEvents(id, from);
        }

        @Override
        public DomainEventStream readEvents(String id) {
            readFrom.add(0L);
            return super.readEvents(id);
        }
    }

    private Repository<Counter> repository(RememberedAggregates cache) {
        return EventSourcingRepository.builder(Counter.class)
                .eventStore(new Noting())
                .cache(cache)
                .build();
    }

    private void create(String id) {
        DefaultUnitOfWork.startAndGet(GenericEventMessage.asEventMessage("create"))
                .executeWithResult(() -> {
                    repository.newInstance(() -> new Counter(id));
                    return true;
                });
    }

    private long count(String id) {
        return DefaultUnitOfWork.startAndGet(GenericEventMessage.asEventMessage("count"))
                .executeWithResult(() -> {
                    var aggregate = repository.load(id);
                    aggregate.execute(Counter::count);
                    return aggregate.invoke(counter -> counter.number);
                })
                .getPayload();
    }

    @Test
    void reads_nothing_but_what_is_new() {
        create("a");
        assertThat(LongStream.range(0, 3).map(i -> count("a"))).containsExactly(2L, 3L, 4L);
        assertThat(readFrom).containsExactly(0L, 1L, 2L);
    }

    @Test
    void sees_what_another_instance_has_appended() {
        create("a");
        storage.appendEvents(new GenericDomainEventMessage<>("Counter", "a", 1, new Counted("a", 40)));
        assertThat(count("a")).isEqualTo(41);
        assertThat(storage.readEvents("a").asStream().map(DomainEventMessage::getSequenceNumber))
                .containsExactly(0L, 1L, 2L);
    }

    @Test
    void loads_anew_what_the_store_does_not_have_any_more() {
        create("a");
        count("a");
        storage = new InMemoryEventStorageEngine();
        storage.appendEvents(new GenericDomainEventMessage<>("Counter", "a", 0, new Counted("a", 1)));
        repository = repository(remembered);
        assertThat(count("a")).isEqualTo(2);
        assertThat(storage.readEvents("a").asStream().map(DomainEventMessage::getSequenceNumber))
                .containsExactly(0L, 1L);
    }

    @Test
    void forgets_what_was_decided_and_not_stored() {
        create("a");
        var result = DefaultUnitOfWork.startAndGet(GenericEventMessage.asEventMessage("count"))
                .executeWithResult(() -> {
                    repository.load("a").execute(Counter::count);
                    throw new IllegalStateException("afterwards");
                });
        assertThat(result.exceptionResult()).hasMessage("afterwards");
        assertThat(count("a")).isEqualTo(2);
    }

    @Test
    void remembers_no_more_than_it_may() {
        List.of("a", "b", "c").forEach(this::create);
        assertThat(remembered.containsKey("a")).isFalse();
        assertThat(remembered.containsKey("c")).isTrue();
        assertThat(count("a")).isEqualTo(2);
    }
}
