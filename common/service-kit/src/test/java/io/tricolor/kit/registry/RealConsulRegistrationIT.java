package io.tricolor.kit.registry;

import io.tricolor.engines.ConsulEngine;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Its agent is killed, so it has one of its own. */
@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class RealConsulRegistrationIT extends RegistrationContract {

    @TempDir
    private Path dir;

    private ConsulEngine consul;

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
