package io.tricolor.marathon;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class LocalMarathonContractTest extends MarathonContract {

    @TempDir
    private static Path directory;

    private static EngineProcess engine;

    @BeforeAll
    static void start() throws Exception {
        engine = new EngineProcess(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        engine.close();
    }

    @Override
    MarathonClient client() {
        return engine.client();
    }
}
