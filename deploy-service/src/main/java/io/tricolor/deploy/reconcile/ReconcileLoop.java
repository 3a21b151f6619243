package io.tricolor.deploy.reconcile;

import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.deploy.orchestrator.Orchestrator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.EventHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Calls the {@link Reconciler} on every tick, and at once when there is news. One thread. */
@Component
@ProcessingGroup("deployment-news")
class ReconcileLoop implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ReconcileLoop.class);

    private static final Histogram ROUNDS = Histogram.build(
                    "tricolor_deploy_round_seconds", "How long a round over all deployments took")
            .register();
    private static final Counter FAILED = Counter.build(
                    "tricolor_deploy_rounds_failed_total", "Rounds that ended early; the next one begins anew")
            .register();

    private final Reconciler reconciler;
    private final ReconcilerProperties properties;
    private final Semaphore news = new Semaphore(0);
    private volatile boolean running;
    private @Nullable Thread thread;

    ReconcileLoop(Reconciler reconciler, Orchestrator orchestrator, ReconcilerProperties properties) {
        this.reconciler = reconciler;
        this.properties = properties;
        orchestrator.onChange(this::wake);
    }

    @EventHandler
    void on(DeploymentDesired event) {
        wake();
    }

    /** There is news: the next round begins at once. */
    private void wake() {
        news.release();
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("reconciler").daemon().start(this::work);
    }

    private void work() {
        while (running) {
            try {
                boolean told = news.tryAcquire(properties.tick().toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
                log.trace("round begins, told: {}", told);
                try (Histogram.Timer timer = ROUNDS.startTimer()) {
                    reconciler.round();
                    log.trace("{}", timer);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) { // the loop goes on: the database may be back at the next tick
                FAILED.inc();
                log.warn("a round ended early: {}", e.toString());
                log.debug("cause", e);
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
