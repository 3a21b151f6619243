package io.tricolor.consul;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.testing.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.condition.EnabledIf;

/** A real agent keeps the contract: the one that {@code CONSUL_HTTP_ADDR} names, or one of our own. */
@EnabledIf(value = "isThere", disabledReason = ConsulEngine.MISSING)
class RealConsulContractIT extends ConsulContract {
    private static final String NAMED = System.getenv("CONSUL_HTTP_ADDR");

    static boolean isThere() {
        return NAMED != null || ConsulEngine.isAvailable();
    }

    @Override
    URI agent() {
        if (NAMED == null) {
            return SharedEngines.consul().uri();
        }
        return URI.create(NAMED.contains("://") ? NAMED : "http://" + NAMED);
    }
}
