package io.tricolor.marathon;

import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The same contract against the engine at MARATHON_URL. */
@EnabledIfEnvironmentVariable(
        named = "MARATHON_URL",
        matches = "https?://.+",
        disabledReason = "MARATHON_URL does not name a Marathon")
class RemoteMarathonContractTest extends MarathonContract {

    private final MarathonClient client = new MarathonClient(URI.create(System.getenv("MARATHON_URL")));

    @Override
    MarathonClient client() {
        return client;
    }

    @Override
    @AfterEach
    void removeApps() throws Exception {
        super.removeApps();
        client.close();
    }
}
