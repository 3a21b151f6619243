package io.tricolor.kit.registry;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.engines.ConsulEngine;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Its agent is killed, so it has one of its own. */
class RealConsulRegistrationIT extends RegistrationContract {

    @TempDir
    private Path dir;

    private ConsulEngine consul;

    @BeforeAll
    static void find() {
        assumeTrue(ConsulEngine.isAvailable(), ConsulEngine.MISSING);
    }

    @BeforeEach
    void reserveAnAddress() {
        consul = ConsulEngine.start(dir);
        consul.kill();
    }

    @Override
    URI address() {
        return consul.uri();
    }

    @Override
    void comeUp() {
        consul.restart();
    }

    @Override
    void goDown() {
        consul.kill();
    }
}
