package io.tricolor.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.kit.security.AccessRules;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.objenesis.SpringObjenesis;
import org.springframework.util.ClassUtils;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The OpenAPI document of a service, made of its controllers without what they need to work: no engine runs. It is kept
 * as {@code docs/openapi/<service>.json}; a test compares.
 */
public final class OpenApiDocument {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private OpenApiDocument() {}

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Bare {}

    /**
     * Fails unless the kept document is the one that the controllers of {@code packages} make; writes it instead when
     * the system property {@code openapi.write} is set.
     */
    public static void check(String service, String packages, AccessRules rules) throws Exception {
        JsonNode made = JSON.readTree(make(service, packages, rules));
        Path kept = kept(service);
        if (Boolean.getBoolean("openapi.write")) {
            Files.createDirectories(kept.getParent());
            Files.writeString(kept, JSON.writeValueAsString(made) + "\n");
        }
        made.path("paths")
                .forEach(path -> path.forEach(
                        operation -> assertThat(operation.path("summary").asString(""))
                                .as("summary of %s", operation.path("operationId"))
                                .isNotBlank()));
        assertThat(JSON.readTree(Files.readString(kept)))
                .as("%s; -Dopenapi.write=true writes it anew", kept)
                .isEqualTo(made);
    }

    /** The file of a service, from whatever module the test runs in. */
    static Path kept(String service) {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/adr"))) {
            root = root.getParent();
        }
        return root.resolve("docs/openapi").resolve(service + ".json");
    }

    private static String make(String service, String packages, AccessRules rules)
            throws IOException, InterruptedException {
        TestTokens tokens = TestTokens.create();
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Bare.class)
                        .properties(
                                "spring.application.name=" + service,
                                "server.port=0",
                                "spring.cloud.consul.enabled=false",
                                "spring.config.location=optional:classpath:/none/",
                                "spring.cloud.config.enabled=false",
                                "tricolor.security.public-key=" + tokens.publicKey())
                        .initializers((ApplicationContextInitializer<GenericApplicationContext>) fresh -> {
                            fresh.registerBean(AccessRules.class, () -> rules);
                            controllers(packages, fresh);
                        })
                        .run();
                HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                    + context.getEnvironment().getProperty("local.server.port") + "/v3/api-docs"))
                            .header("Authorization", tokens.bearer("vera", "viewer"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer.body();
        }
    }

    /** Controllers that nobody calls: their mappings are read, so nothing has to construct them. */
    private static void controllers(String packages, GenericApplicationContext context) {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(RestController.class));
        SpringObjenesis objenesis = new SpringObjenesis();
        scanner.findCandidateComponents(packages).forEach(found -> {
            Class<?> type = ClassUtils.resolveClassName(found.getBeanClassName(), null);
            RootBeanDefinition bean = new RootBeanDefinition();
            bean.setBeanClass(type);
            bean.setInstanceSupplier(() -> objenesis.newInstance(type));
            context.registerBeanDefinition(type.getName(), bean);
        });
    }
}
