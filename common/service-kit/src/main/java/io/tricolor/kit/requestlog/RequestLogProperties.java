package io.tricolor.kit.requestlog;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What a line of the request log says besides the request.
 *
 * @param organization whose service it is
 * @param tenant of the service
 * @param environment for example {@code prod}
 * @param version of the service
 * @param ignore path patterns without a line
 * @param buffer lines that wait for log-gateway; more are dropped and counted
 */
@Validated
@ConfigurationProperties("tricolor.request-log")
record RequestLogProperties(
        @NotBlank @DefaultValue("tricolor") String organization,
        @NotBlank @DefaultValue("default") String tenant,
        @NotBlank @DefaultValue("local") String environment,
        @NotBlank @DefaultValue("0.1.0") String version,

        @NotNull @DefaultValue({"/actuator/health", "/actuator/health/**", "/metrics"})
        List<String> ignore,

        @Min(1) @Max(1_000_000) @DefaultValue("10000") int buffer) {}
