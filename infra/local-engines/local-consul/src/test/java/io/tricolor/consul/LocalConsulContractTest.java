package io.tricolor.consul;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** local-consul keeps the contract. */
@Tag("slow")
class LocalConsulContractTest extends ConsulContract {
    @TempDir
    private static Path dir;

    private static LocalConsul consul;

    @BeforeAll
    static void start() throws Exception {
        consul = LocalConsul.start(Settings.of(0, dir));
    }

    @AfterAll
    static void stop() throws Exception {
        consul.close();
    }

    @Override
    URI agent() {
        return consul.uri();
    }
}
