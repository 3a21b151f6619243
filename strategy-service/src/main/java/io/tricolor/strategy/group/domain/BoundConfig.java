package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ServiceManifest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A revision in the configuration center that a service is bound to: {@code <application>/<profile>/<label>@<number>}.
 *
 * @param revision from 1
 */
public record BoundConfig(String namespace, long revision) {

    private static final Pattern WRITTEN = Pattern.compile("([^@]{1,180})@([1-9][0-9]{0,17})");

    /** Empty for a service that is bound to none, or in words of its own. */
    public static Optional<BoundConfig> of(ServiceManifest service) {
        String text = service.configRevision();
        if (text == null) {
            return Optional.empty();
        }
        Matcher written = WRITTEN.matcher(text);
        return written.matches()
                ? Optional.of(new BoundConfig(written.group(1), Long.parseLong(written.group(2))))
                : Optional.empty();
    }
}
