package io.tricolor.consul;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.SharedEngines;
import java.net.URI;
import org.junit.jupiter.api.BeforeAll;

/** A real agent keeps the contract: the one that {@code CONSUL_HTTP_ADDR} names, or one of our own. */
class RealConsulContractIT extends ConsulContract {
    private static URI address;

    @BeforeAll
    static void find() {
        String named = System.getenv("CONSUL_HTTP_ADDR");
        assumeTrue(named != null || ConsulEngine.isAvailable(), ConsulEngine.MISSING);
        address = named == null
                ? SharedEngines.consul().uri()
                : URI.create(named.contains("://") ? named : "http://" + named);
    }

    @Override
    URI agent() {
        return address;
    }
}
