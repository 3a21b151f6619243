package io.tricolor.kit.eventstore;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import io.tricolor.contracts.Upcast;
import io.tricolor.contracts.Upcasts;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.ContractsJson;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.axonframework.commandhandling.AsynchronousCommandBus;
import org.axonframework.commandhandling.CommandBus;
import org.axonframework.commandhandling.DuplicateCommandHandlerResolver;
import org.axonframework.common.jdbc.ConnectionProvider;
import org.axonframework.common.jdbc.PersistenceExceptionResolver;
import org.axonframework.common.transaction.TransactionManager;
import org.axonframework.config.Configuration;
import org.axonframework.config.ConfigurerModule;
import org.axonframework.eventhandling.EventBus;
import org.axonframework.eventhandling.PropagatingErrorHandler;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.eventhandling.deadletter.jdbc.JdbcSequencedDeadLetterQueue;
import org.axonframework.eventhandling.tokenstore.AbstractTokenEntry;
import org.axonframework.eventhandling.tokenstore.TokenStore;
import org.axonframework.eventhandling.tokenstore.jdbc.JdbcTokenStore;
import org.axonframework.eventsourcing.EventCountSnapshotTriggerDefinition;
import org.axonframework.eventsourcing.SnapshotTriggerDefinition;
import org.axonframework.eventsourcing.Snapshotter;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.axonframework.eventsourcing.eventstore.jdbc.EventSchema;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.messaging.StreamableMessageSource;
import org.axonframework.messaging.annotation.HandlerDefinition;
import org.axonframework.messaging.annotation.ParameterResolverFactory;
import org.axonframework.messaging.correlation.CorrelationDataProvider;
import org.axonframework.messaging.interceptors.CorrelationDataInterceptor;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.jackson3.Jackson3Serializer;
import org.axonframework.serialization.upcasting.event.EventUpcaster;
import org.axonframework.spring.eventsourcing.SpringAggregateSnapshotter;
import org.axonframework.spring.jdbc.SpringDataSourceConnectionProvider;
import org.axonframework.spring.messaging.unitofwork.SpringTransactionManager;
import org.axonframework.springboot.EventProcessorProperties;
import org.axonframework.springboot.util.DeadLetterQueueProviderConfigurerModule;
import org.flywaydb.core.Flyway;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.transaction.PlatformTransactionManager;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** The event store, its processors and its command bus, wherever there is a database. */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration"
        },
        beforeName = {
            "org.axonframework.springboot.autoconfig.AxonAutoConfiguration",
            "org.axonframework.springboot.autoconfig.EventProcessingAutoConfiguration",
            "org.axonframework.springboot.autoconfig.InfraConfiguration",
            "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration"
        })
@ConditionalOnBean(DataSource.class)
@EnableConfigurationProperties(EventStoreProperties.class)
class EventStoreAutoConfiguration {

    private static final int SNAPSHOT_EVERY = 100;
    private static final int BATCH = 100;
    private static final int CACHED_EVENTS = 1_000;
    private static final int REMEMBERED = 2_000;

    /** The tables of the kit have a history of their own, so that a service numbers its migrations as it likes. */
    @Bean
    @ConditionalOnMissingBean
    FlywayMigrationStrategy kitTablesFirst(DataSource dataSource) {
        return flyway -> {
            Flyway.configure()
                    .dataSource(dataSource)
                    .locations("classpath:io/tricolor/kit/db")
                    .table("kit_schema_history")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
            flyway.migrate();
        };
    }

    @Bean
    TransactionManager axonTransactionManager(PlatformTransactionManager transactionManager) {
        return new SpringTransactionManager(transactionManager);
    }

    @Bean
    ConnectionProvider connectionProvider(DataSource dataSource) {
        return new SpringDataSourceConnectionProvider(dataSource);
    }

    @Bean
    PersistenceExceptionResolver persistenceExceptionResolver() {
        return new DuplicateKeys();
    }

    @Bean
    CorrelationDataProvider originCorrelationData() {
        return new Origin();
    }

    /** For tokens and snapshots: class names inside, so both can be thrown away and made again. */
    @Bean
    @Primary
    Serializer serializer() {
        return Jackson3Serializer.builder()
                .lenientDeserialization()
                .jsonMapperBuilderCustomizer(
                        builder -> builder.polymorphicTypeValidator(BasicPolymorphicTypeValidator.builder()
                                .allowIfSubType("org.axonframework.")
                                .allowIfSubType("io.tricolor.")
                                .allowIfSubType("java.util.")
                                .allowIfSubType("java.time.")
                                .build()))
                .build();
    }

    @Bean
    @Qualifier("messageSerializer")
    Serializer messageSerializer(Serializer serializer) {
        return serializer;
    }

    @Bean
    @Qualifier("eventSerializer")
    Serializer eventSerializer(ObjectProvider<ServiceEventTypes> additional) {
        return new EventSerializer(new StoredTypes(additional.stream().toList()));
    }

    @Bean
    EventSchema eventSchema() {
        return EventTables.EVENTS;
    }

    @Bean
    @ConditionalOnMissingBean
    GroupedEventStorage eventStorageEngine(
            @Qualifier("eventSerializer") Serializer eventSerializer,
            Configuration configuration,
            StateShapes shapes,
            PersistenceExceptionResolver persistenceExceptionResolver,
            ConnectionProvider connectionProvider,
            TransactionManager transactionManager) {
        return new GroupedEventStorage(
                JdbcEventStorageEngine.builder()
                        .snapshotSerializer(snapshots(shapes))
                        .upcasterChain(configuration.upcasterChain())
                        .snapshotFilter(shapes)
                        .persistenceExceptionResolver(persistenceExceptionResolver)
                        .connectionProvider(connectionProvider)
                        .transactionManager(new GroupedEventStorage.ReadsWithoutTransaction(transactionManager))
                        .schema(EventTables.EVENTS)
                        .appendEvents(new SerializedAppends())
                        .batchSize(BATCH)
                        // Streams have no holes.
                        .finalAggregateBatchPredicate(batch -> batch.size() < BATCH)
                        // Appends are serialised, so a hole in the positions stays a hole: there is nothing to wait
                        // for.
                        .gapTimeout(1),
                eventSerializer);
    }

    @Bean
    @ConditionalOnBean(GroupedEventStorage.class)
    EventWriter eventWriter(GroupedEventStorage storage, PlatformTransactionManager transactions) {
        return new EventWriter(storage, transactions);
    }

    /** For {@code @Aggregate(cache = "rememberedAggregates")}. */
    @Bean
    RememberedAggregates rememberedAggregates() {
        return new RememberedAggregates(REMEMBERED);
    }

    /** States of aggregates by their fields, under the revision of their shape. */
    private static Serializer snapshots(StateShapes shapes) {
        return Jackson3Serializer.builder()
                .revisionResolver(shapes)
                .lenientDeserialization()
                .jsonMapperBuilderCustomizer(builder -> {
                    ContractsJson.configure(builder);
                    builder.changeDefaultVisibility(
                            visibility -> visibility.withFieldVisibility(JsonAutoDetect.Visibility.ANY));
                })
                .build();
    }

    @Bean(name = "eventBus")
    @Qualifier("eventStore")
    @ConditionalOnMissingBean(EventBus.class)
    EmbeddedEventStore eventStore(EventStorageEngine storageEngine, Configuration configuration) {
        return new WokenEventStore(EmbeddedEventStore.builder()
                .storageEngine(storageEngine)
                .cachedEvents(CACHED_EVENTS)
                .messageMonitor(configuration.messageMonitor(EmbeddedEventStore.class, "eventStore")));
    }

    @Bean
    StoreNotifications storeNotifications(
            JdbcConnectionDetails database,
            EventStoreProperties properties,
            EmbeddedEventStore store,
            ProgressWatch watch) {
        Runnable firstToKnow = store instanceof WokenEventStore woken ? woken::wake : () -> {};
        return new StoreNotifications(database, properties.poll(), firstToKnow, watch);
    }

    @Bean
    EventUpcaster storedUpcasts(ObjectProvider<Upcast> ofService) {
        return new StoredUpcasts(Upcasts.published().and(ofService.stream().toList()));
    }

    @Bean
    Node node(@Value("${spring.application.name:service}") String service, DataSource dataSource) {
        return Node.ofThisStart(service, new DatabaseClock(dataSource));
    }

    /**
     * Claims are dated by the database's clock, extended while the instance lives, and belong to the start of a
     * process: an instance that is killed loses them after the claim timeout, to another instance or to its own next
     * start.
     */
    @Bean
    @ConditionalOnMissingBean
    TokenStore tokenStore(
            ConnectionProvider connectionProvider, Serializer serializer, Node node, EventStoreProperties properties) {
        AbstractTokenEntry.clock = node.clock();
        return JdbcTokenStore.builder()
                .connectionProvider(connectionProvider)
                .schema(EventTables.TOKENS)
                .claimTimeout(properties.claimTimeout())
                .nodeId(node.name())
                .serializer(serializer)
                .build();
    }

    @Bean
    Rebuilds rebuilds(
            Configuration configuration,
            EventStorageEngine events,
            JdbcClient jdbc,
            PlatformTransactionManager transactionManager,
            Node node) {
        return new Rebuilds(configuration, events, jdbc, transactionManager, node);
    }

    @Bean
    StateShapes stateShapes() {
        return new StateShapes();
    }

    /** Snapshots are made off the command's thread and transaction: one that fails is only missing. */
    @Bean
    @ConditionalOnMissingBean(Snapshotter.class)
    SpringAggregateSnapshotter aggregateSnapshotter(
            Configuration configuration,
            HandlerDefinition handlerDefinition,
            ParameterResolverFactory parameterResolverFactory,
            EventStore eventStore,
            TransactionManager transactionManager) {
        ExecutorService executor = Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("snapshots").factory());
        configuration.onShutdown(executor::shutdown);
        return SpringAggregateSnapshotter.builder()
                .repositoryProvider(configuration::repository)
                .eventStore(eventStore)
                .transactionManager(transactionManager)
                .handlerDefinition(handlerDefinition)
                .parameterResolverFactory(parameterResolverFactory)
                .executor(executor)
                .build();
    }

    /** For {@code @Aggregate(snapshotTriggerDefinition = "every100Events")}. */
    @Bean
    SnapshotTriggerDefinition every100Events(Snapshotter snapshotter) {
        return new EventCountSnapshotTriggerDefinition(snapshotter, SNAPSHOT_EVERY);
    }

    @Bean
    DeadLetterQueueProviderConfigurerModule deadLetterQueueProvider(
            EventProcessorProperties properties,
            ConnectionProvider connectionProvider,
            TransactionManager transactionManager,
            Serializer serializer,
            @Qualifier("eventSerializer") Serializer eventSerializer) {
        return new DeadLetterQueueProviderConfigurerModule(
                properties,
                group -> config -> JdbcSequencedDeadLetterQueue.builder()
                        .processingGroup(group)
                        .connectionProvider(connectionProvider)
                        .transactionManager(transactionManager)
                        .schema(EventTables.DEAD_LETTERS)
                        .genericSerializer(serializer)
                        .eventSerializer(eventSerializer)
                        .build());
    }

    /**
     * Streaming processors only, one segment each, from the first event on; any failure stops the batch and is retried.
     */
    @Bean
    ConfigurerModule processorsFailLoudly(EventStoreProperties properties) {
        return configurer -> configurer.eventProcessing(processing -> processing
                .registerDefaultListenerInvocationErrorHandler(c -> PropagatingErrorHandler.instance())
                .registerDefaultErrorHandler(c -> new CountedFailures(c.getComponent(ProcessorWatch.class)::failed))
                .usingPooledStreamingEventProcessors((config, builder) -> builder.initialSegmentCount(1)
                        .batchSize(BATCH)
                        .tokenClaimInterval(properties.claimTimeout().toMillis() / 5)
                        .claimExtensionThreshold(properties.claimTimeout().toMillis() / 4)
                        .enableCoordinatorClaimExtension()
                        .initialToken(StreamableMessageSource::createTailToken)
                        .coordinatorExecutor(name -> threads(config, "coordinator-" + name))
                        .workerExecutor(name -> threads(config, "worker-" + name))));
    }

    private static ScheduledExecutorService threads(Configuration config, String name) {
        CustomizableThreadFactory factory = new CustomizableThreadFactory(name + "-");
        factory.setDaemon(true);
        ScheduledExecutorService executor = Executors.newScheduledThreadPool(1, factory);
        config.onShutdown(executor::shutdown);
        return executor;
    }

    /**
     * Handles a command in the caller's thread, and in the caller's transaction if there is one, unless that thread is
     * an event loop: then on a virtual thread.
     */
    @Bean(destroyMethod = "shutdown")
    @Qualifier("localSegment")
    @ConditionalOnMissingBean(CommandBus.class)
    AsynchronousCommandBus commandBus(
            TransactionManager transactionManager,
            ObjectProvider<EventWriter> writer,
            Configuration configuration,
            DuplicateCommandHandlerResolver duplicateCommandHandlerResolver) {
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
        Executor executor = task -> {
            if (Schedulers.isInNonBlockingThread()) {
                virtual.execute(task);
            } else {
                task.run();
            }
        };
        EventWriter grouped = writer.getIfAvailable();
        TransactionManager decided =
                grouped == null ? transactionManager : new DecisionTransactions(transactionManager, grouped);
        AsynchronousCommandBus bus = AsynchronousCommandBus.builder()
                .transactionManager(decided)
                .duplicateCommandHandlerResolver(duplicateCommandHandlerResolver)
                .messageMonitor(configuration.messageMonitor(CommandBus.class, "commandBus"))
                .executor(executor)
                .build();
        bus.registerHandlerInterceptor(new CorrelationDataInterceptor<>(configuration.correlationDataProviders()));
        return bus;
    }

    @Bean
    StreamReader streamReader(
            JdbcClient jdbc, @Qualifier("eventSerializer") Serializer eventSerializer, Configuration configuration) {
        return new StreamReader(jdbc, eventSerializer, configuration.upcasterChain());
    }

    @Bean
    ProcessorWatch processorWatch(JdbcClient jdbc, Configuration configuration, ProgressWatch watch) {
        return new ProcessorWatch(
                jdbc,
                () -> configuration.eventProcessingConfiguration().eventProcessors().entrySet().stream()
                        .filter(processor -> processor.getValue() instanceof StreamingEventProcessor)
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet()),
                watch);
    }

    @Bean
    EventStoreCheck eventStoreCheck(
            Configuration configuration, List<PlatformTransactionManager> transactionManagers, DataSource dataSource) {
        return new EventStoreCheck(configuration, transactionManagers, dataSource);
    }
}
