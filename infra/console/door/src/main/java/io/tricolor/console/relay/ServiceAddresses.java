package io.tricolor.console.relay;

import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Addresses of the services: as configured, else those that Consul finds healthy. What was known stays while Consul is
 * away or knows none.
 */
@Component
class ServiceAddresses implements SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final Map<Service, List<URI>> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final List<Service> asked = new ArrayList<>();
    private final @Nullable DiscoveryClient registry;
    private final Loop loop;

    ServiceAddresses(RelayProperties properties, ObjectProvider<DiscoveryClient> registry, ProgressWatch watch) {
        for (Service service : Service.values()) {
            List<URI> configured = properties.services().getOrDefault(service.serviceName(), List.of());
            if (configured.isEmpty()) {
                asked.add(service);
            } else {
                addresses.put(service, List.copyOf(configured));
            }
        }
        this.registry = registry.orderedStream().findFirst().orElse(null);
        this.loop = Loop.named("service-addresses", this::look)
                .every(INTERVAL)
                .auxiliary()
                .build(watch);
    }

    /** In the order in which they are to be tried, another one first each time. */
    List<URI> of(Service service) {
        List<URI> known = addresses.getOrDefault(service, List.of());
        if (known.size() < 2) {
            return known;
        }
        List<URI> turned = new ArrayList<>(known);
        Collections.rotate(turned, turn.getAndIncrement() % turned.size());
        return turned;
    }

    private void look() {
        DiscoveryClient consul = registry;
        if (consul == null) {
            return;
        }
        for (Service service : asked) {
            List<URI> found = consul.getInstances(service.serviceName()).stream()
                    .map(instance -> instance.getUri())
                    .sorted()
                    .toList();
            if (!found.isEmpty()) {
                addresses.put(service, found);
            }
        }
    }

    @Override
    public void start() {
        if (!asked.isEmpty() && registry != null) {
            loop.start();
        }
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
