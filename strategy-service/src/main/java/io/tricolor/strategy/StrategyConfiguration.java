package io.tricolor.strategy;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.freeze.FreezeEvent;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.plan.PlanTemplateEvent;
import io.tricolor.kit.problem.MissingAggregate;
import io.tricolor.kit.relay.RelayRoute;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Roles;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;

/** What strategy-service tells the service kit about itself. */
@Configuration(proxyBeanMethods = false)
class StrategyConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    RelayRoute relayRoute() {
        return event -> switch (event) {
            case ClusterGroupEvent fact -> new RelayRoute.Target(Topics.CLUSTER_GROUP_EVENTS, fact.groupId());
            case FreezeEvent fact -> new RelayRoute.Target(Topics.PLANNING_EVENTS, fact.calendar());
            case PlanTemplateEvent fact -> new RelayRoute.Target(Topics.PLANNING_EVENTS, fact.groupId());
            default -> null;
        };
    }

    @Bean
    MissingAggregate missingAggregate() {
        return id -> new Rejection(Code.GROUP_NOT_FOUND, "there is no cluster group " + id);
    }

    @Bean
    AccessRules accessRules() {
        return AccessRules.rules()
                .allow(HttpMethod.GET, "/api/route-tables/**", Roles.ROUTER, Roles.SERVICE, Roles.VIEWER)
                .allow(HttpMethod.GET, "/api/id-lists/*", Roles.ROUTER, Roles.SERVICE, Roles.VIEWER)
                .allow(HttpMethod.POST, "/api/id-lists", Roles.OPERATOR)
                .open("/api/gate-callbacks/*")
                .open("/api/groups/*/approval-link")
                .allow(HttpMethod.GET, "/api/notifications", Roles.OPERATOR)
                .allow(HttpMethod.GET, "/api/**", Roles.VIEWER, Roles.SERVICE)
                .allow(HttpMethod.PUT, "/api/routers/*", Roles.ROUTER)
                .allow(HttpMethod.DELETE, "/api/routers/*", Roles.ROUTER)
                .allow(HttpMethod.POST, "/api/groups/*/upgrades/*/approval", Roles.APPROVER)
                .allow(HttpMethod.POST, "/api/groups/*/upgrades/*/skip", Roles.APPROVER)
                .allow(HttpMethod.POST, "/api/read-models/rebuild", Roles.ADMIN)
                .allow(HttpMethod.POST, "/api/groups/*/epoch", Roles.ADMIN)
                .allow(HttpMethod.POST, "/api/groups/*/decommission", Roles.ADMIN)
                .allow(HttpMethod.DELETE, "/api/groups/*/decommission", Roles.ADMIN)
                .allow(HttpMethod.POST, "/api/groups/*/upgrades/*/override-freeze", Roles.ADMIN)
                .allow(HttpMethod.POST, "/api/freezes", Roles.OPERATOR)
                .allow("/api/freezes/**", Roles.ADMIN)
                .allow("/api/groups/**", Roles.OPERATOR)
                .allow("/api/trains/**", Roles.OPERATOR)
                .build();
    }
}
