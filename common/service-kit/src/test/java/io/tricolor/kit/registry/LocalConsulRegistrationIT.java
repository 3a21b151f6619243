package io.tricolor.kit.registry;

import io.tricolor.consul.LocalConsul;
import io.tricolor.consul.Settings;
import io.tricolor.engines.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LocalConsulRegistrationIT extends RegistrationContract {

    private final int port = Ports.free();

    @TempDir
    private Path dir;

    private LocalConsul consul;

    @Override
    URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    void comeUp() throws IOException {
        consul = LocalConsul.start(Settings.of(port, Files.createTempDirectory(dir, "empty")));
    }

    @Override
    void goDown() throws IOException {
        if (consul != null) {
            consul.close();
        }
    }
}
