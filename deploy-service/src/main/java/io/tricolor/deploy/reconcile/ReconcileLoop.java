package io.tricolor.deploy.reconcile;

import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.tricolor.deploy.artifact.Artifacts;
import io.tricolor.deploy.orchestrator.Orchestrators;
import io.tricolor.deploy.script.Hooks;
import io.tricolor.kit.eventstore.StoreNotifications;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;

/**
 * Begins a round of the {@link Reconciler} on every tick, and at once when there is news, while this instance is the
 * one that acts.
 */
@Component
class ReconcileLoop implements SmartLifecycle {

    private static final Histogram ROUNDS = Histogram.build(
                    "tricolor_deploy_round_seconds",
                    "How long it took to see what runs and to hand it to every deployment")
            .register();
    private static final Gauge ACTS = Gauge.build("tricolor_deploy_acts", "1 on the instance that acts, 0 on others")
            .register();

    private final Reconciler reconciler;
    private final Leadership leadership;
    private final StoreNotifications news;
    private final Loop loop;
    private @Nullable Disposable subscription;

    ReconcileLoop(
            Reconciler reconciler,
            Leadership leadership,
            Orchestrators orchestrators,
            Artifacts artifacts,
            Hooks hooks,
            StoreNotifications news,
            ReconcilerProperties properties,
            ProgressWatch watch) {
        this.reconciler = reconciler;
        this.leadership = leadership;
        this.news = news;
        this.loop = Loop.named("reconciler", this::turn)
                .every(properties.tick())
                .backOff(properties.tick(), properties.tick().multipliedBy(5))
                .build(watch);
        orchestrators.onChange(loop::wake);
        artifacts.onChange(loop::wake);
        hooks.onChange(loop::wake);
        reconciler.onLeftOut(loop::wake);
    }

    private void turn() throws SQLException {
        boolean acts = leadership.held();
        ACTS.set(acts ? 1 : 0);
        if (acts) {
            try (Histogram.Timer _ = ROUNDS.startTimer()) {
                reconciler.round();
            }
        }
    }

    @Override
    public void start() {
        subscription = news.heads().subscribe(position -> loop.wake());
        loop.start();
    }

    @Override
    public void stop() {
        if (subscription != null) {
            subscription.dispose();
        }
        loop.stop();
        reconciler.awaitEnd();
        leadership.release();
        ACTS.set(0);
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
