package io.tricolor.monitor.registry;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.BeforeAll;

class RealConsulIT extends ConsulContract {

    @BeforeAll
    static void find() {
        assumeTrue(ConsulEngine.isAvailable(), ConsulEngine.MISSING);
    }

    @Override
    URI agent() {
        return SharedEngines.consul().uri();
    }
}
