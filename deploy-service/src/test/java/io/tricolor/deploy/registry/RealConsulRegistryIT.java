package io.tricolor.deploy.registry;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.testing.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class RealConsulRegistryIT extends ConsulRegistryContract {

    @Override
    URI consul() {
        return SharedEngines.consul().uri();
    }
}
