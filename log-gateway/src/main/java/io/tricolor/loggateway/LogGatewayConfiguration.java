package io.tricolor.loggateway;

import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Roles;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;

/** What log-gateway tells the service kit about itself. */
@Configuration(proxyBeanMethods = false)
class LogGatewayConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    AccessRules accessRules() {
        return AccessRules.rules()
                .allow(HttpMethod.POST, "/api/logs", Roles.SERVICE, Roles.ADMIN)
                .allow(HttpMethod.GET, "/api/audit/**", Roles.VIEWER)
                .allow(HttpMethod.GET, "/api/requests/**", Roles.VIEWER)
                .build();
    }
}
