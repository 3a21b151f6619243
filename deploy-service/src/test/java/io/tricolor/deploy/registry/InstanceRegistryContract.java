package io.tricolor.deploy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.deploy.registry.InstanceRegistry.Registration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every registry does. */
abstract class InstanceRegistryContract {

    private final String id = "task.instance-" + UUID.randomUUID() + "._app.1";

    abstract InstanceRegistry registry();

    @Test
    void gives_back_what_was_registered() throws Exception {
        Registration registration = registration("1.0", 20_001);
        registry().register(registration);
        assertThat(registry().registered()).containsEntry(id, registration);
        registry().deregister(id);
        assertThat(registry().registered()).doesNotContainKey(id);
    }

    @Test
    void the_last_registration_of_an_instance_counts() throws Exception {
        registry().register(registration("1.0", 20_001));
        registry().register(registration("1.1", 20_002));
        assertThat(registry().registered()).containsEntry(id, registration("1.1", 20_002));
        registry().deregister(id);
    }

    @Test
    void taking_out_what_is_not_there_is_fine() throws Exception {
        registry().deregister(id);
        assertThat(registry().registered()).doesNotContainKey(id);
    }

    private Registration registration(String version, int port) {
        return new Registration(id, "shop", "A", "web", version, "127.0.0.1", port, "/health");
    }
}
