package io.tricolor.nginx;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.router.testing.SecuredConsulContract;
import io.tricolor.router.testing.StartedRouter;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;

@Tag("engine")
@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class SecuredConsulTest extends SecuredConsulContract {

    @Override
    protected String kind() {
        return "nginx";
    }

    @Override
    protected StartedRouter start(String strategyUrl, String consulUrl, String... options) {
        return new TestRouter(strategyUrl, consulUrl, directory, options);
    }

    @Override
    protected String trusting(Path authorities) {
        return "--tricolor.nginx.trusted-certificates=" + authorities;
    }
}
