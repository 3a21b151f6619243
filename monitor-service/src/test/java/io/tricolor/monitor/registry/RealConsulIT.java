package io.tricolor.monitor.registry;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.testing.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class RealConsulIT extends ConsulContract {

    @Override
    URI agent() {
        return SharedEngines.consul().uri();
    }
}
