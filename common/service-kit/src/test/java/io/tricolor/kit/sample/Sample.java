package io.tricolor.kit.sample;

import io.tricolor.kit.testing.TestTokens;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;

/** Starts the sample on a free port. */
public final class Sample implements AutoCloseable {

    private static final TestTokens TOKENS = TestTokens.create();

    private final ConfigurableApplicationContext context;

    private Sample(ConfigurableApplicationContext context) {
        this.context = context;
    }

    public static Sample start(Class<?>[] more, String... properties) {
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.application.name=sample",
                "--server.port=0",
                "--spring.cloud.consul.enabled=false",
                "--tricolor.security.public-key=" + TOKENS.publicKey()));
        for (String property : properties) {
            arguments.add("--" + property);
        }
        return new Sample(
                new SpringApplicationBuilder(SampleService.class).sources(more).run(arguments.toArray(String[]::new)));
    }

    public static Sample start(String... properties) {
        return start(new Class<?>[0], properties);
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    static TestTokens tokensOfAll() {
        return TOKENS;
    }

    public TestTokens tokens() {
        return TOKENS;
    }

    public int port() {
        return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    /** A client that shows a token with the roles. */
    public WebTestClient client(String... roles) {
        WebTestClient.Builder client = WebTestClient.bindToServer().baseUrl("http://127.0.0.1:" + port());
        if (roles.length > 0) {
            client.defaultHeader("Authorization", TOKENS.bearer("ann", roles));
        }
        return client.build();
    }

    @Override
    public void close() {
        context.close();
    }
}
