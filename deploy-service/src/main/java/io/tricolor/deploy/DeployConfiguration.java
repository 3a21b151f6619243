package io.tricolor.deploy;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.kit.problem.MissingAggregate;
import io.tricolor.kit.relay.RelayRoute;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Roles;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;

/** What deploy-service tells the service kit about itself. */
@Configuration(proxyBeanMethods = false)
class DeployConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    RelayRoute relayRoute() {
        return event -> event instanceof ClusterDeploymentEvent fact
                ? new RelayRoute.Target(Topics.CLUSTER_DEPLOYMENT_EVENTS, fact.groupId())
                : null;
    }

    @Bean
    MissingAggregate missingAggregate() {
        return id -> new Rejection(Code.DEPLOYMENT_NOT_FOUND, "there is no deployment " + id);
    }

    @Bean
    AccessRules accessRules() {
        return AccessRules.rules()
                .allow(HttpMethod.GET, "/api/deployments/**", Roles.VIEWER, Roles.SERVICE)
                .open("/artifacts/sha256/**")
                .allow(HttpMethod.GET, "/api/releases/**", Roles.VIEWER)
                .allow(HttpMethod.POST, "/api/manifests/diff", Roles.VIEWER)
                .allow(HttpMethod.GET, "/api/artifacts", Roles.VIEWER)
                .allow(HttpMethod.POST, "/api/artifacts/resolve", Roles.OPERATOR)
                .allow(HttpMethod.GET, "/api/groups/*/clusters/*/instances/**", Roles.VIEWER)
                .allow(HttpMethod.GET, "/api/groups/*/clusters/*/scripts", Roles.VIEWER)
                .allow(HttpMethod.POST, "/api/scripts/resolve", Roles.OPERATOR)
                .allow(HttpMethod.POST, "/api/scripts/diff", Roles.VIEWER)
                .build();
    }
}
