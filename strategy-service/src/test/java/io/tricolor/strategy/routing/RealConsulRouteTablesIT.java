package io.tricolor.strategy.routing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.BeforeAll;

class RealConsulRouteTablesIT extends RouteTableStoreContract {

    @BeforeAll
    static void find() {
        assumeTrue(ConsulEngine.isAvailable(), ConsulEngine.MISSING);
    }

    @Override
    URI consul() {
        return SharedEngines.consul().uri();
    }
}
