package io.tricolor.kit.registry;

import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.cloud.consul.ConsulClient;
import org.springframework.cloud.consul.serviceregistry.ConsulAutoRegistration;
import org.springframework.cloud.consul.serviceregistry.ConsulServiceRegistry;
import org.springframework.context.annotation.Bean;

/** Registration in Consul that outlives a restart of Consul. */
@AutoConfiguration(
        // The first is named because Consul's needs it and does not say so: without it ours would pull Consul's in
        // front of it.
        afterName = {
            "org.springframework.cloud.client.serviceregistry.AutoServiceRegistrationAutoConfiguration",
            "org.springframework.cloud.consul.serviceregistry.ConsulAutoServiceRegistrationAutoConfiguration"
        })
@ConditionalOnBean(ConsulAutoRegistration.class)
class RegistryAutoConfiguration {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    @Bean
    Reregistration reregistration(
            ConsulClient consul,
            ConsulServiceRegistry registry,
            ConsulAutoRegistration registration,
            ProgressWatch watch) {
        return new Reregistration(consul, registry, registration, INTERVAL, watch);
    }
}
