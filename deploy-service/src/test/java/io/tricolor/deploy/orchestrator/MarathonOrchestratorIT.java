package io.tricolor.deploy.orchestrator;

import io.tricolor.deploy.TestMarathon;
import io.tricolor.kit.loop.ProgressWatch;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The adapter and local-marathon together, with real processes. */
class MarathonOrchestratorIT extends OrchestratorContract {

    @TempDir
    private static Path dir;

    private static TestMarathon engine;

    private MarathonOrchestrator marathon;

    @BeforeAll
    static void startEngine() {
        engine = TestMarathon.start(dir);
    }

    @AfterAll
    static void stopEngine() throws Exception {
        engine.close();
    }

    @BeforeEach
    void start() {
        marathon = new MarathonOrchestrator(
                new MarathonProperties(engine.url(), Duration.ofSeconds(5), Duration.ofSeconds(12)),
                new ProgressWatch(ProgressWatch.LIMIT));
        marathon.start();
    }

    @AfterEach
    void stop() {
        marathon.stop();
    }

    @Override
    Orchestrator orchestrator() {
        return marathon;
    }

    @Override
    void settle() {
        // it lives by itself
    }
}
