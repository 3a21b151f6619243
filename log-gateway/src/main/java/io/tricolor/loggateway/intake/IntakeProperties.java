package io.tricolor.loggateway.intake;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How much log-gateway takes, and how long it waits.
 *
 * @param maxBody of one request, after decompression; more is 413
 * @param maxLine of one line; a longer one is rejected, the others are taken
 * @param maxLines of one request; more is 413
 * @param inFlight bytes of all requests that wait for Kafka; more is 429
 * @param ackTimeout how long Kafka may take to acknowledge; longer is 503
 */
@Validated
@ConfigurationProperties("tricolor.intake")
record IntakeProperties(
        @NotNull @DefaultValue("2MB") DataSize maxBody,
        @NotNull @DefaultValue("64KB") DataSize maxLine,
        @Min(1) @Max(100_000) @DefaultValue("5000") int maxLines,
        @NotNull @DefaultValue("6MB") DataSize inFlight,
        @NotNull @DefaultValue("6s") Duration ackTimeout) {

    IntakeProperties {
        atLeast("max-body", maxBody, 1024);
        atLeast("max-line", maxLine, 1024);
        atLeast("in-flight", inFlight, maxBody.toBytes());
        if (ackTimeout.compareTo(Duration.ofMillis(500)) < 0 || ackTimeout.compareTo(Duration.ofMinutes(2)) > 0) {
            throw new IllegalArgumentException(
                    "tricolor.intake.ack-timeout must be from 500ms to 2m, not " + ackTimeout);
        }
    }

    private static void atLeast(String name, DataSize size, long least) {
        if (size.toBytes() < least || size.toBytes() > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(
                    "tricolor.intake." + name + " must be from " + least + " bytes to 1 GB, not " + size);
        }
    }
}
