package io.tricolor.deploy.orchestrator;

class FakeOrchestratorTest extends OrchestratorContract {

    private final FakeOrchestrator fake = new FakeOrchestrator();

    @Override
    Orchestrator orchestrator() {
        return fake;
    }

    @Override
    void settle() {
        fake.settle();
    }
}
