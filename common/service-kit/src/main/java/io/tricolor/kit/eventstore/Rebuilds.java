package io.tricolor.kit.eventstore;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.axonframework.common.DateTimeUtils;
import org.axonframework.config.Configuration;
import org.axonframework.eventhandling.AbstractEventProcessor;
import org.axonframework.eventhandling.EventHandlerInvoker;
import org.axonframework.eventhandling.Segment;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventhandling.tokenstore.TokenStore;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.messaging.ResultMessage;
import org.axonframework.messaging.unitofwork.DefaultUnitOfWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Has projections filled anew from the first event on, whichever instance is at work on them. */
public final class Rebuilds {

    private static final Logger log = LoggerFactory.getLogger(Rebuilds.class);

    private static final int ATTEMPTS = 5;
    private static final int ONE_RUNS_ONE_WAITS = 2;

    /** Processors have one segment each. */
    private static final int SEGMENT = 0;

    private final Configuration configuration;
    private final EventStorageEngine events;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final Node node;
    private final Map<String, Semaphore> places = new ConcurrentHashMap<>();
    private final Map<String, Lock> turns = new ConcurrentHashMap<>();

    Rebuilds(
            Configuration configuration,
            EventStorageEngine events,
            JdbcClient jdbc,
            PlatformTransactionManager transactionManager,
            Node node) {
        this.configuration = configuration;
        this.events = events;
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactionManager);
        this.node = node;
    }

    /**
     * Empties what the handlers of a processing group keep ({@code @ResetHandler}) and lets them see every event again,
     * in one transaction: readers have the old model until the new one is whole. Meanwhile nothing new is projected.
     * Returns before it is done; does nothing while another rebuild of the group waits for its turn.
     *
     * <p>The claim is taken away from the instance that has it: the batch that it is at fails when it stores its
     * position, and is rolled back. This instance goes on with the processor. A rebuild that fails leaves the old model
     * as it is.
     *
     * @throws IllegalArgumentException when there is no such group
     */
    public void start(String processingGroup) {
        StreamingEventProcessor processor = configuration
                .eventProcessingConfiguration()
                .eventProcessor(processingGroup, StreamingEventProcessor.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no processor " + processingGroup));
        Semaphore place = places.computeIfAbsent(processingGroup, name -> new Semaphore(ONE_RUNS_ONE_WAITS));
        Lock turn = turns.computeIfAbsent(processingGroup, name -> new ReentrantLock());
        if (place.tryAcquire()) {
            Thread.ofVirtual().name("rebuild-" + processingGroup).start(() -> {
                turn.lock();
                try {
                    rebuild(processor, processingGroup);
                } finally {
                    turn.unlock();
                    place.release();
                }
            });
        }
    }

    private void rebuild(StreamingEventProcessor processor, String processingGroup) {
        processor.shutDown();
        try {
            for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
                // At once, so that the other instance is not waited for with what it has not committed.
                claim(processingGroup);
                try {
                    Long seen = transaction.execute(status -> replay(processor, processingGroup));
                    log.info("rebuilt {} from {} events", processingGroup, seen);
                    return;
                } catch (RuntimeException e) { // the last batch of the other instance may have been in the way
                    log.warn("{} was not rebuilt, attempt {} of {}", processingGroup, attempt, ATTEMPTS, e);
                }
            }
        } finally {
            processor.start();
        }
    }

    private long replay(StreamingEventProcessor processor, String processingGroup) {
        claim(processingGroup);
        EventHandlerInvoker handlers = ((AbstractEventProcessor) processor).eventHandlerInvoker();
        handlers.performReset();
        TrackingToken last = null;
        long seen = 0;
        try (Stream<? extends TrackedEventMessage<?>> all = events.readEvents(null, false)) {
            for (Iterator<? extends TrackedEventMessage<?>> each = all.iterator(); each.hasNext(); seen++) {
                TrackedEventMessage<?> event = each.next();
                handle(handlers, event);
                last = event.trackingToken();
            }
        }
        store(last, processingGroup);
        return seen;
    }

    private static void handle(EventHandlerInvoker handlers, TrackedEventMessage<?> event) {
        ResultMessage<Boolean> result = DefaultUnitOfWork.startAndGet(event).executeWithResult(() -> {
            if (handlers.canHandle(event, Segment.ROOT_SEGMENT)) {
                handlers.handle(event, Segment.ROOT_SEGMENT);
            }
            return true;
        });
        if (result.isExceptional()) {
            throw new IllegalStateException(
                    "event " + event.getIdentifier() + " cannot be projected", result.exceptionResult());
        }
    }

    /** Where the processor goes on: behind the last event that was seen. */
    private void store(@Nullable TrackingToken last, String processingGroup) {
        TokenStore tokens = configuration.eventProcessingConfiguration().tokenStore(processingGroup);
        tokens.storeToken(last == null ? events.createTailToken() : last, processingGroup, SEGMENT);
    }

    private void claim(String processingGroup) {
        jdbc.sql("update processor_token set owner = :node, claimed_at = :now where processor_name = :name")
                .param("node", node.name())
                .param("now", DateTimeUtils.formatInstant(node.clock().instant()))
                .param("name", processingGroup)
                .update();
    }
}
