package io.tricolor.kit.registry;

import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.consul.ConsulClient;
import org.springframework.cloud.consul.model.http.agent.Service;
import org.springframework.cloud.consul.serviceregistry.ConsulAutoRegistration;
import org.springframework.cloud.consul.serviceregistry.ConsulServiceRegistry;
import org.springframework.context.SmartLifecycle;
import org.springframework.web.client.RestClientException;

/** Looks now and then whether Consul still knows this instance, and tells it again if not. Consul may come later, or forget. */
final class Reregistration implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Reregistration.class);

    private final ConsulClient consul;
    private final ConsulServiceRegistry registry;
    private final ConsulAutoRegistration registration;
    private final Duration interval;
    private volatile boolean running;
    private volatile Thread worker = Thread.currentThread();

    Reregistration(
            ConsulClient consul,
            ConsulServiceRegistry registry,
            ConsulAutoRegistration registration,
            Duration interval) {
        this.consul = consul;
        this.registry = registry;
        this.registration = registration;
        this.interval = interval;
    }

    @Override
    public void start() {
        running = true;
        worker = Thread.ofVirtual().name("consul-registration").start(() -> {
            while (running) {
                try {
                    Thread.sleep(interval);
                } catch (InterruptedException e) {
                    return;
                }
                registerIfUnknown();
            }
        });
    }

    private void registerIfUnknown() {
        try {
            Map<String, Service> known = consul.getAgentServices().getBody();
            if (running && known != null && !known.containsKey(registration.getInstanceId())) {
                registry.register(registration);
                log.info("registered again as {}", registration.getInstanceId());
            }
        } catch (RestClientException e) {
            log.debug("Consul cannot be reached", e);
        }
    }

    @Override
    public void stop() {
        running = false;
        worker.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops before the registration is taken back, so that it does not put it there again. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
