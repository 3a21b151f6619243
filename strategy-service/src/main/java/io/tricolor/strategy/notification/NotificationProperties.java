package io.tricolor.strategy.notification;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whom upgrades are told to.
 *
 * @param notifications the targets
 * @param notificationDeadline how long one is tried
 * @param linkBase what links to an upgrade begin with, for example the console's address; null: no links
 */
@ConfigurationProperties("tricolor.strategy")
record NotificationProperties(
        @DefaultValue List<Target> notifications,
        @DefaultValue("1h") Duration notificationDeadline,
        @Nullable URI linkBase) {

    /** What a target understands. */
    enum Kind {
        WEBHOOK,
        SLACK,
        DINGTALK,
        FEISHU
    }

    /**
     * One of those who are told.
     *
     * @param name unique; deliveries are recorded under it
     * @param url where to; a secret itself with some, so it is never shown
     * @param secretFile file with what deliveries are signed with, null: they are not
     * @param approver who reads what is told there, alone: the news that a stage waits has a link by which that
     *     person approves; null: nobody
     */
    record Target(
            String name,
            @DefaultValue("WEBHOOK") Kind kind,
            URI url,
            @Nullable Path secretFile,
            @Nullable String approver) {

        /** Refuses what could never be delivered. */
        Target {
            if (name == null || !name.matches("[a-z0-9-]{1,63}")) {
                throw new IllegalArgumentException(
                        "tricolor.strategy.notifications[].name has 1 to 63 of a-z, 0-9 and dashes");
            }
            if (url == null
                    || url.getHost() == null
                    || !Set.of("http", "https").contains(String.valueOf(url.getScheme()))) {
                throw new IllegalArgumentException("tricolor.strategy.notifications[].url of " + name
                        + " is to be an http or https address with a host");
            }
        }

        @Override
        public String toString() {
            return name + " (" + kind + ")";
        }
    }

    /** Throws {@link IllegalArgumentException} for what makes no sense. */
    NotificationProperties {
        if (!notificationDeadline.isPositive()) {
            throw new IllegalArgumentException(
                    "tricolor.strategy.notification-deadline must be above 0, not " + notificationDeadline);
        }
        Set<String> names = new HashSet<>();
        for (Target target : notifications) {
            if (!names.add(target.name())) {
                throw new IllegalArgumentException(
                        "tricolor.strategy.notifications has two targets named " + target.name());
            }
        }
    }
}
