package io.tricolor.marathon.plan;

import io.tricolor.marathon.app.AppDefinition;
import java.time.Duration;
import java.time.Instant;

/**
 * Keeps an app that keeps failing from being started all the time.
 *
 * @param delay the present one
 * @param until nothing is launched before
 */
public record LaunchDelay(Duration delay, Instant until) {

    /** After the first failure. */
    public static LaunchDelay first(AppDefinition app, Instant now) {
        Duration delay = min(app.backoff(), app.maxLaunchDelay());
        return new LaunchDelay(delay, now.plus(delay));
    }

    /** After one more failure. */
    public LaunchDelay next(AppDefinition app, Instant now) {
        Duration longer =
                min(Duration.ofNanos(Math.round(delay.toNanos() * app.backoffFactor())), app.maxLaunchDelay());
        return new LaunchDelay(longer, now.plus(longer));
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
