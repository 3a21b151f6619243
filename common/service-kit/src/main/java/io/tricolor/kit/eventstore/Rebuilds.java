package io.tricolor.kit.eventstore;

import org.axonframework.common.DateTimeUtils;
import org.axonframework.config.Configuration;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Has projections filled anew from the first event on, whichever instance is at work on them. Blocking. */
public final class Rebuilds {

    private static final Logger log = LoggerFactory.getLogger(Rebuilds.class);

    private static final int ATTEMPTS = 5;

    private final Configuration configuration;
    private final JdbcClient jdbc;
    private final Node node;

    Rebuilds(Configuration configuration, JdbcClient jdbc, Node node) {
        this.configuration = configuration;
        this.jdbc = jdbc;
        this.node = node;
    }

    /**
     * Empties what the handlers of a processing group keep ({@code @ResetHandler}) and lets them see every event again.
     * Returns before they have.
     *
     * <p>The claim is taken away from the instance that has it: the batch that it is at fails when it stores its
     * position, and is rolled back. This instance goes on with the processor.
     *
     * @throws IllegalArgumentException when there is no such group
     */
    public void start(String processingGroup) {
        StreamingEventProcessor processor = configuration
                .eventProcessingConfiguration()
                .eventProcessor(processingGroup, StreamingEventProcessor.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no processor " + processingGroup));
        processor.shutDown();
        try {
            reset(processor, processingGroup);
        } finally {
            processor.start();
        }
    }

    private void reset(StreamingEventProcessor processor, String processingGroup) {
        for (int attempt = 1; ; attempt++) {
            claim(processingGroup);
            try {
                processor.resetTokens();
                return;
            } catch (RuntimeException e) { // the last batch of the other instance may have been in the way
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                log.info("{} could not be reset yet: {}", processingGroup, e.toString());
            }
        }
    }

    private void claim(String processingGroup) {
        jdbc.sql("update processor_token set owner = :node, claimed_at = :now where processor_name = :name")
                .param("node", node.name())
                .param("now", DateTimeUtils.formatInstant(node.clock().instant()))
                .param("name", processingGroup)
                .update();
    }
}
