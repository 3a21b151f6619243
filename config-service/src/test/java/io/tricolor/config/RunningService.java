package io.tricolor.config;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.TestTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.reactive.server.WebTestClient;

/** One service for all tests of this module, started by the first and closed with the process. */
public final class RunningService {

    public static final TestTokens TOKENS = TestTokens.create();

    private static final ConfigurableApplicationContext SERVICE = start();

    private RunningService() {}

    private static ConfigurableApplicationContext start() {
        return new SpringApplicationBuilder(ConfigService.class, CheckedAnswers.class)
                .run(
                        "--server.port=0",
                        "--spring.cloud.config.enabled=false",
                        "--spring.cloud.consul.enabled=false",
                        // What the tests compare with brings a server of its own.
                        "--spring.autoconfigure.exclude="
                                + "org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration,"
                                + "org.springframework.cloud.config.server.config.ConfigServerAutoConfiguration,"
                                + "org.springframework.cloud.config.server.config.EncryptionAutoConfiguration,"
                                + "org.springframework.cloud.config.server.config.RsaEncryptionAutoConfiguration,"
                                + "org.springframework.cloud.config.server.config.DefaultTextEncryptionAutoConfiguration",
                        "--spring.datasource.url=" + SharedEngines.freshDatabase("config"),
                        "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
                        "--tricolor.config.encryption.keys-file=" + keysFile("one", "one"),
                        "--tricolor.security.public-key=" + TOKENS.publicKey());
    }

    /** A file with master keys, each 32 times the byte of its first letter. */
    public static Path keysFile(String primary, String... ids) {
        StringBuilder lines = new StringBuilder("primary=" + primary + "\n");
        for (String id : ids) {
            byte[] key = new byte[32];
            java.util.Arrays.fill(key, (byte) id.charAt(0));
            lines.append(id)
                    .append('=')
                    .append(Base64.getEncoder().encodeToString(key))
                    .append('\n');
        }
        try {
            Path file = Files.createTempFile("config-keys", ".properties");
            file.toFile().deleteOnExit();
            return Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static <T> T bean(Class<T> type) {
        return SERVICE.getBean(type);
    }

    public static JdbcClient jdbc() {
        return bean(JdbcClient.class);
    }

    public static String url() {
        return "http://127.0.0.1:" + SERVICE.getEnvironment().getProperty("local.server.port");
    }

    public static WebTestClient client(String subject, String role) {
        return WebTestClient.bindToServer()
                .baseUrl(url())
                .responseTimeout(Duration.ofSeconds(30))
                .defaultHeader("Authorization", TOKENS.bearer(subject, role))
                .build();
    }

    /** Publishes; a namespace without slashes is that application's {@code dev/main}. */
    public static WebTestClient.ResponseSpec publish(WebTestClient client, String namespace, Map<String, Object> body) {
        String path = namespace.contains("/") ? namespace : namespace + "/dev/main";
        return client.post()
                .uri("/api/config/" + path + "/revisions")
                .bodyValue(body)
                .exchange();
    }

    public static void code(WebTestClient.ResponseSpec answer, int status, String code) {
        answer.expectStatus().isEqualTo(status).expectBody().jsonPath("$.code").isEqualTo(code);
    }
}
