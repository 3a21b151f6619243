package io.tricolor.kit.eventstore;

import java.util.List;
import javax.sql.DataSource;
import org.axonframework.common.transaction.TransactionManager;
import org.axonframework.config.Configuration;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.spring.messaging.unitofwork.SpringTransactionManager;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Ends the start when events would be appended outside of the database's transactions, or handled in the appender's.
 */
final class EventStoreCheck implements ApplicationListener<ContextRefreshedEvent> {

    private final Configuration configuration;
    private final List<PlatformTransactionManager> transactionManagers;
    private final DataSource dataSource;

    EventStoreCheck(
            Configuration configuration, List<PlatformTransactionManager> transactionManagers, DataSource dataSource) {
        this.configuration = configuration;
        this.transactionManagers = transactionManagers;
        this.dataSource = dataSource;
    }

    @Override
    public void onApplicationEvent(ContextRefreshedEvent event) {
        if (!(configuration.getComponent(TransactionManager.class) instanceof SpringTransactionManager)) {
            throw new IllegalStateException("the event store does not take part in Spring's transactions");
        }
        boolean real = transactionManagers.size() == 1
                && transactionManagers.getFirst() instanceof DataSourceTransactionManager manager
                && dataSource.equals(manager.getDataSource());
        if (!real) {
            throw new IllegalStateException(
                    "the event store needs exactly one transaction manager, that of its own data source");
        }
        configuration.eventProcessingConfiguration().eventProcessors().forEach((name, processor) -> {
            if (!(processor instanceof StreamingEventProcessor)) {
                throw new IllegalStateException("event processor " + name + " is not a streaming one");
            }
        });
    }
}
