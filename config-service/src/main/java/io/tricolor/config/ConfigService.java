package io.tricolor.config;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.kit.problem.MissingAggregate;
import io.tricolor.kit.relay.RelayRoute;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Roles;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;

/** The configuration center. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class ConfigService {

    /** Starts the service; arguments are Spring properties ({@code --server.port=8403}). */
    public static void main(String[] args) {
        SpringApplication.run(ConfigService.class, args);
    }

    @Bean
    AccessRules accessRules() {
        return AccessRules.rules()
                .allow(HttpMethod.GET, "/config-server/encrypt/status", Roles.CONFIG_EDITOR, Roles.CONFIG_PUBLISHER)
                .allow(HttpMethod.POST, "/config-server/encrypt/**", Roles.CONFIG_EDITOR, Roles.CONFIG_PUBLISHER)
                .allow(HttpMethod.POST, "/config-server/decrypt", Roles.ADMIN)
                .allow(HttpMethod.POST, "/api/config-keys/rotation", Roles.ADMIN)
                .allow(HttpMethod.GET, "/config-server/**", Roles.CONFIG_CLIENT)
                .allow(HttpMethod.GET, "/api/**", Roles.VIEWER, Roles.SERVICE)
                .allow(HttpMethod.POST, "/api/config/*/*/*/revisions", Roles.CONFIG_PUBLISHER)
                .allow(HttpMethod.POST, "/api/config/*/*/*/rollbacks", Roles.CONFIG_PUBLISHER)
                .allow(HttpMethod.POST, "/api/config/*/*/*/comparison", Roles.CONFIG_EDITOR, Roles.CONFIG_PUBLISHER)
                .allow(HttpMethod.POST, "/api/read-models/rebuild", Roles.ADMIN)
                .build();
    }

    @Bean
    RelayRoute relayRoute() {
        return event -> event instanceof ConfigEvent config
                ? new RelayRoute.Target(Topics.CONFIG_EVENTS, config.namespace())
                : null;
    }

    @Bean
    MissingAggregate missingAggregate() {
        return id -> new Rejection(Code.NAMESPACE_NOT_FOUND, "there is no namespace " + id);
    }
}
