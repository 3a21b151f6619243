package io.tricolor.gateway;

import io.tricolor.consul.LocalConsul;
import io.tricolor.consul.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class LocalConsulSourcesTest extends ConsulSourcesContract {

    @TempDir
    private static Path dir;

    private static LocalConsul consul;

    @BeforeAll
    static void start() throws IOException {
        consul = LocalConsul.start(Settings.of(0, dir));
    }

    @AfterAll
    static void stop() throws IOException {
        consul.close();
    }

    @Override
    URI consul() {
        return consul.uri();
    }
}
