package io.tricolor.gateway;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.annotation.Import;

/** Makes a Spring Cloud Gateway (WebFlux) a router of Tricolor, beside the routes that it has. */
@AutoConfiguration(afterName = "org.springframework.cloud.gateway.config.GatewayAutoConfiguration")
@ConditionalOnClass(RouteLocator.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnProperty(
        name = {"tricolor.gateway.enabled", "spring.cloud.gateway.server.webflux.enabled"},
        matchIfMissing = true)
@EnableConfigurationProperties({
    GatewaySettings.class,
    GatewaySettings.Jwt.class,
    GatewaySettings.Strategy.class,
    GatewaySettings.Consul.class,
    GatewaySettings.Security.class
})
@Import(GatewayConfiguration.class)
class TricolorGatewayAutoConfiguration {}
