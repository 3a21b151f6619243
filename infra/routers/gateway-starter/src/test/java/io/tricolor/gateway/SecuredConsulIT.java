package io.tricolor.gateway;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.router.testing.SecuredConsulContract;
import io.tricolor.router.testing.StartedRouter;
import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class SecuredConsulIT extends SecuredConsulContract {

    @Override
    protected String kind() {
        return "gateway";
    }

    @Override
    protected StartedRouter start(String strategyUrl, String consulUrl, String... options) {
        return new GatewayProcess(strategyUrl, consulUrl, directory.resolve("state"), options);
    }

    @Override
    protected String trusting(Path authorities) {
        return "--tricolor.consul.ca=" + authorities;
    }
}
