package io.tricolor.deploy.registry;

import java.util.HashMap;
import java.util.Map;

/** In memory. Held to the same contract as Consul. */
public final class FakeRegistry implements InstanceRegistry {

    private final Map<String, Registration> registrations = new HashMap<>();
    private boolean available = true;

    /** Whether calls are answered. */
    public void available(boolean value) {
        available = value;
    }

    @Override
    public Map<String, Registration> registered() throws Unavailable {
        checkAvailable();
        return Map.copyOf(registrations);
    }

    @Override
    public void register(Registration registration) throws Unavailable {
        checkAvailable();
        registrations.put(registration.instanceId(), registration);
    }

    @Override
    public void deregister(String instanceId) throws Unavailable {
        checkAvailable();
        registrations.remove(instanceId);
    }

    private void checkAvailable() throws Unavailable {
        if (!available) {
            throw new Unavailable("the fake is switched off");
        }
    }
}
