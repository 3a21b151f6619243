package io.tricolor.gateway;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.testing.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class RealConsulSourcesIT extends ConsulSourcesContract {

    @Override
    URI consul() {
        return SharedEngines.consul().uri();
    }
}
