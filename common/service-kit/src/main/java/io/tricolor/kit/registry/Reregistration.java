package io.tricolor.kit.registry;

import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.consul.ConsulClient;
import org.springframework.cloud.consul.model.http.agent.Service;
import org.springframework.cloud.consul.serviceregistry.ConsulAutoRegistration;
import org.springframework.cloud.consul.serviceregistry.ConsulServiceRegistry;
import org.springframework.context.SmartLifecycle;

/**
 * Looks now and then whether Consul still knows this instance, and tells it again if not. Consul may come later, or
 * forget.
 */
final class Reregistration implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Reregistration.class);

    private final ConsulClient consul;
    private final ConsulServiceRegistry registry;
    private final ConsulAutoRegistration registration;
    private final Loop loop;

    Reregistration(
            ConsulClient consul,
            ConsulServiceRegistry registry,
            ConsulAutoRegistration registration,
            Duration interval,
            ProgressWatch watch) {
        this.consul = consul;
        this.registry = registry;
        this.registration = registration;
        this.loop = Loop.named("consul-registration", this::registerIfUnknown)
                .every(interval)
                .mayTake(interval)
                .position(() -> String.valueOf(registration.getInstanceId()))
                .auxiliary()
                .build(watch);
    }

    private void registerIfUnknown() {
        Map<String, Service> known = consul.getAgentServices().getBody();
        if (loop.isRunning() && known != null && !known.containsKey(registration.getInstanceId())) {
            registry.register(registration);
            log.info("registered again as {}", registration.getInstanceId());
        }
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    /** Stops before the registration is taken back, so that it does not put it there again. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
