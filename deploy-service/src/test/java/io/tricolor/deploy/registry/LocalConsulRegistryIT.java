package io.tricolor.deploy.registry;

import io.tricolor.deploy.TestConsul;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class LocalConsulRegistryIT extends ConsulRegistryContract {

    @TempDir
    private static Path dir;

    private static TestConsul consul;

    @BeforeAll
    static void start() {
        consul = TestConsul.start(dir);
    }

    @AfterAll
    static void stop() {
        consul.close();
    }

    @Override
    URI consul() {
        return consul.url();
    }
}
