package io.tricolor.strategy.audit;

import io.tricolor.kit.eventstore.StoreNotifications;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.Disposable;

/** The loops that chain and sign. */
@Configuration(proxyBeanMethods = false)
class AuditConfiguration {

    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration SIGNING = Duration.ofSeconds(30);

    @Bean
    AuditChain auditChain(JdbcClient jdbc, JdbcTemplate batches, PlatformTransactionManager transactions) {
        return new AuditChain(jdbc, batches, new TransactionTemplate(transactions));
    }

    /** Turns when something was appended, and from time to time. */
    @Bean
    SmartLifecycle auditChaining(AuditChain chain, StoreNotifications notifications, ProgressWatch watch) {
        Loop loop = Loop.named("audit-chain", chain::catchUp).every(LOOK).build(watch);
        return new SmartLifecycle() {

            private @Nullable Disposable heads;

            @Override
            public void start() {
                loop.start();
                heads = notifications.heads().subscribe(head -> loop.wake());
            }

            @Override
            public void stop() {
                if (heads != null) {
                    heads.dispose();
                }
                loop.stop();
            }

            @Override
            public boolean isRunning() {
                return loop.isRunning();
            }
        };
    }

    @Bean
    @ConditionalOnProperty("tricolor.audit.key-file")
    Loop auditRoots(
            AuditProperties properties,
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            MessagePublisher publisher,
            InstantSource clock,
            @Value("${spring.application.name}") String service,
            ProgressWatch watch)
            throws IOException {
        Path keyFile = Objects.requireNonNull(properties.keyFile());
        PrivateKey key = AuditKey.privateKey(keyFile);
        AuditRoots roots = new AuditRoots(
                jdbc,
                new TransactionTemplate(transactions),
                publisher,
                clock,
                service,
                key,
                AuditKey.beside(keyFile, key),
                new RootsFile(properties.rootsFile()));
        return Loop.named("audit-roots", roots::turn)
                .every(properties.every())
                .mayTake(SIGNING)
                .position(() -> "root " + roots.last())
                .auxiliary()
                .build(watch);
    }
}
