package io.tricolor.kit.openapi;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Actor;
import java.util.List;
import java.util.Set;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.customizers.GlobalOperationCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document of a service, read off its controllers; served at {@code /v3/api-docs}. */
@AutoConfiguration(beforeName = "org.springdoc.core.configuration.SpringDocConfiguration")
class OpenApiAutoConfiguration {

    static {
        SpringDocUtils.getConfig()
                .addRequestWrapperToIgnore(CommandContext.class, Actor.class)
                .replaceWithSchema(JsonNode.class, new Schema<>().description("any JSON"))
                .replaceWithSchema(IdInterval.class, interval())
                .replaceWithSchema(ObjectNode.class, new Schema<>().types(Set.of("object")));
    }

    private static Schema<?> interval() {
        Schema<?> pair = new ArraySchema().items(new StringSchema().types(Set.of("string")));
        pair.types(Set.of("array")).minItems(2).maxItems(2);
        return pair.description("first and last id, decimal");
    }

    @Bean
    OpenAPI openApi(Environment environment) {
        String service = environment.getProperty("spring.application.name", "service");
        return new OpenAPI()
                .info(new Info().title("Tricolor " + service).version("1"))
                .servers(List.of(new Server().url("/")))
                .components(new Components()
                        .addSecuritySchemes(
                                "token",
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .bearerFormat("JWT")))
                .security(List.of(new SecurityRequirement().addList("token")));
    }

    @Bean
    RecordNames recordNames() {
        return new RecordNames();
    }

    @Bean
    GlobalOperationCustomizer operations() {
        return new Operations();
    }

    @Bean
    GlobalOpenApiCustomizer documents(RecordNames names, ObjectProvider<AccessRules> rules) {
        return new Documents(names, rules.getIfAvailable());
    }
}
