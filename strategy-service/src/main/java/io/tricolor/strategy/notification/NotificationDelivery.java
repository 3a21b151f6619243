package io.tricolor.strategy.notification;

import io.prometheus.client.Counter;
import io.tricolor.kit.http.BodyTooLarge;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.strategy.group.web.ApprovalLinks;
import io.tricolor.strategy.notification.NotificationProperties.Target;
import io.tricolor.strategy.notification.Notifications.Due;
import io.tricolor.strategy.outgoing.Networks;
import io.tricolor.strategy.outgoing.OutgoingProperties;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Delivers what is due, one after the other, on a loop of its own: an upgrade never waits for it. Neither addresses nor
 * secrets of targets get into a log, a metric or a table.
 */
@Component
class NotificationDelivery implements SmartLifecycle {

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final int ANSWER_BYTES = 1 << 16;

    private static final Counter ATTEMPTS = Counter.build(
                    "tricolor_notification_attempts_total", "Attempts to deliver a notification")
            .labelNames("target", "outcome")
            .register();

    private final Notifications notifications;
    private final TransactionTemplate transactions;
    private final Map<String, Target> targets;
    private final Networks networks;
    private final ApprovalLinks links;
    private final InstantSource clock;
    private final HttpCalls http = HttpCalls.named("notification-target")
            .within(TIMEOUT)
            .atMostBytes(ANSWER_BYTES)
            .build();
    private final Loop loop;

    NotificationDelivery(
            Notifications notifications,
            NotificationProperties properties,
            OutgoingProperties outgoing,
            ApprovalLinks links,
            PlatformTransactionManager transactions,
            InstantSource clock,
            ProgressWatch watch) {
        this.notifications = notifications;
        this.transactions = new TransactionTemplate(transactions);
        this.targets = properties.notifications().stream().collect(Collectors.toMap(Target::name, Function.identity()));
        this.networks = new Networks(outgoing.outgoingNetworks());
        this.links = links;
        this.clock = clock;
        this.loop = Loop.named("notifications-delivery", this::turn)
                .every(LOOK)
                .mayTake(TIMEOUT)
                .auxiliary()
                .build(watch);
    }

    private void turn() {
        while (Boolean.TRUE.equals(transactions.execute(transaction -> deliverOne()))) {
            loop.moved();
        }
    }

    private boolean deliverOne() {
        Due due = notifications.next();
        if (due == null) {
            return false;
        }
        Target target = targets.get(due.target());
        if (target == null) {
            notifications.failed(due, "there is no such target any more", FIRST_PAUSE, true);
            return true;
        }
        String error = attempt(target, withApproval(target, due.news()));
        if (error == null) {
            notifications.delivered(due);
        } else {
            notifications.failed(due, error, pauseAfter(due.attempts()), false);
        }
        ATTEMPTS.labels(target.name(), error == null ? "delivered" : "failed").inc();
        return true;
    }

    private News withApproval(Target target, News news) {
        String approver = target.approver();
        return approver == null || news.what() != News.What.APPROVAL_NEEDED
                ? news
                : news.withApproval(links.linkFor(news.groupId(), news.upgradeId(), approver)
                        .orElse(null));
    }

    /** What went wrong, null when it was delivered. Never says where to or with what. */
    private @Nullable String attempt(Target target, News news) {
        try {
            networks.check(target.url().getHost());
        } catch (IOException e) {
            return e.getMessage();
        }
        try {
            Path secretFile = target.secretFile();
            String secret =
                    secretFile == null ? null : Files.readString(secretFile).strip();
            HttpAnswer answer = http.send(Bodies.of(target, news, secret, clock.instant()));
            return answer.isOk() ? null : "the target answers " + answer.status();
        } catch (HttpTimeoutException e) {
            return "the target has not answered within " + TIMEOUT;
        } catch (BodyTooLarge e) {
            return "the answer of the target is too large";
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return "the target could not be reached: " + cause.getClass().getSimpleName();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the service was stopped";
        }
    }

    static Duration pauseAfter(int attempts) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(attempts, 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
