package io.tricolor.gateway;

import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The router itself.
 *
 * @param routerId stable over restarts, unique among routers; null: {@code gateway-<host>-<port>}
 * @param stateDir where the last good tables and instances are kept
 * @param listInterval how often strategy-service is asked for groups that are new
 * @param longPoll how long a request for news may wait there and in Consul
 * @param reportInterval how often the router reports while nothing changes
 * @param maxAttempts instances of the cluster that are tried for one request, from 1
 * @param suspicion how long an instance that could not be connected to is avoided
 */
@Validated
@ConfigurationProperties("tricolor.gateway")
record GatewaySettings(
        @Nullable String routerId,
        @DefaultValue(".tricolor/gateway") Path stateDir,
        @DefaultValue("2s") Duration listInterval,
        @DefaultValue("20s") Duration longPoll,
        @DefaultValue("1s") Duration reportInterval,
        @DefaultValue("3") @Min(1) int maxAttempts,
        @DefaultValue("1s") Duration suspicion) {

    /** strategy-service. */
    @Validated
    @ConfigurationProperties("tricolor.strategy")
    record Strategy(
            @DefaultValue("http://127.0.0.1:8401") @NotBlank String url) {}

    /** Consul, or what speaks its API. */
    @Validated
    @ConfigurationProperties("tricolor.consul")
    record Consul(
            @DefaultValue("http://127.0.0.1:8411") @NotBlank String url) {}

    /**
     * Who this router is to strategy-service.
     *
     * @param tokenFile holds the bearer token; read anew for every call, so that it can be renewed; null: none is sent
     */
    @Validated
    @ConfigurationProperties("tricolor.security")
    record Security(@Nullable Path tokenFile) {}
}
