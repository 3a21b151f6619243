package io.tricolor.kit.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.Ports;
import io.tricolor.engines.testing.SecuredConsul;
import io.tricolor.kit.testing.TestTokens;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A service in a real Consul that lets in by certificate and denies what no rule allows. */
@EnabledIf(value = "io.tricolor.engines.ConsulEngine#isAvailable", disabledReason = ConsulEngine.MISSING)
class SecuredConsulRegistrationIT {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** As in the page on security, of any service. */
    private static final String RULES =
            "service \"guarded\" { policy = \"write\" } agent_prefix \"\" { policy = \"read\" }"
                    + " service_prefix \"\" { policy = \"read\" }";

    @TempDir
    private Path dir;

    @Test
    void registers_asks_and_signs_off_by_certificate_and_token() throws Exception {
        try (SecuredConsul consul = SecuredConsul.start(dir)) {
            Path token = consul.token(RULES);
            try (ConfigurableApplicationContext service = new SpringApplicationBuilder(RegistrationContract.Bare.class)
                    .run(
                            "--spring.application.name=guarded",
                            "--server.port=" + Ports.free(),
                            "--tricolor.security.public-key="
                                    + TestTokens.create().publicKey(),
                            "--tricolor.consul.url=" + consul.uri(),
                            "--tricolor.consul.token-file=" + token,
                            "--tricolor.consul.ca=" + consul.file("consul.pem"),
                            "--tricolor.consul.certificate=" + consul.file("client.pem"),
                            "--tricolor.consul.key=" + consul.file("client.key"))) {
                await().atMost(LONG)
                        .until(() -> consul.ask("GET", "/v1/health/service/guarded?passing=1", "")
                                .contains("guarded"));
                assertThat(service.isActive()).isTrue();
            }
            await().atMost(LONG)
                    .until(() -> !consul.ask("GET", "/v1/agent/services", "").contains("guarded"));
        }
    }
}
