package io.tricolor.monitor;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.health.HealthEvent;
import io.tricolor.contracts.health.HealthForgotten;
import io.tricolor.kit.problem.MissingAggregate;
import io.tricolor.kit.relay.RelayRoute;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Roles;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;

/** What monitor-service tells the service kit about itself. */
@Configuration(proxyBeanMethods = false)
class MonitorConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    RelayRoute relayRoute() {
        return event -> event instanceof HealthEvent fact
                ? new RelayRoute.Target(Topics.MONITOR_HEALTH, fact.subjectId(), fact instanceof HealthForgotten)
                : null;
    }

    @Bean
    MissingAggregate missingAggregate() {
        return id -> new Rejection(Code.SUBJECT_NOT_FOUND, "nothing is known of the health of " + id);
    }

    @Bean
    AccessRules accessRules() {
        return AccessRules.rules()
                .allow(HttpMethod.GET, "/api/**", Roles.VIEWER, Roles.SERVICE)
                .build();
    }
}
