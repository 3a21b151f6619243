package io.tricolor.config.client;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.config.client.Environments.ClientEnvironment;
import io.tricolor.config.client.Environments.Source;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.PathContainer;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.yaml.snakeyaml.Yaml;
import reactor.core.publisher.Mono;

/** The read API of Spring Cloud Config Server, below {@code /config-server}. */
@RestController
@RequestMapping("/config-server")
class ConfigServerController {

    private static final String V2_VALUE = "application/vnd.spring-cloud.config-server.v2+json";
    private static final MediaType V2 = MediaType.parseMediaType(V2_VALUE);
    private static final MediaType TEXT = new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);

    /** Profiles that are no name of a document: {@code /main/shop-dev.yml} is one. */
    private static final String PROFILES = "/{application}/{profiles:(?!.*\\b\\.(?:ya?ml|properties|json)\\b).*}";

    /** Segments of the path before that of a plain file: the prefix, application, profiles, label. */
    private static final int SEGMENTS_BEFORE_FILE = 4;

    private final Environments environments;

    ConfigServerController(Environments environments) {
        this.environments = environments;
    }

    /** The environment as clients read it. */
    record EnvironmentDocument(
            String name,
            List<String> profiles,
            String label,
            String version,
            @Nullable String state,
            List<PropertySource> propertySources) {

        static EnvironmentDocument of(ClientEnvironment environment, boolean second) {
            return new EnvironmentDocument(
                    environment.name(),
                    environment.profiles(),
                    environment.label(),
                    environment.version(),
                    null,
                    environment.sources().stream()
                            .map(source -> new PropertySource(source.name(), values(source, second)))
                            .toList());
        }

        private static Map<String, Object> values(Source source, boolean second) {
            Map<String, Object> values = new LinkedHashMap<>(source.values());
            if (second) {
                values.replaceAll((key, value) -> new OriginValue(value, source.origin()));
            }
            return values;
        }
    }

    /** One source of properties. */
    record PropertySource(String name, Map<String, Object> source) {}

    /** A value and where it is from, in the second version of the format. */
    record OriginValue(Object value, String origin) {}

    @GetMapping(PROFILES)
    @Operation(summary = "The configuration of an application, as Spring Cloud Config clients ask for it")
    @ApiResponse(
            responseCode = "200",
            description = "The sources, the one that wins first",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                        schema = @Schema(implementation = EnvironmentDocument.class)),
                @Content(mediaType = V2_VALUE, schema = @Schema(implementation = EnvironmentDocument.class))
            })
    Mono<ResponseEntity<EnvironmentDocument>> withoutLabel(
            @PathVariable String application,
            @PathVariable String profiles,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept,
            Actor actor) {
        return document(application, profiles, null, accept, actor);
    }

    @GetMapping("/{application}/{profiles}/{label}")
    @Operation(summary = "The configuration of an application of one label")
    @ApiResponse(
            responseCode = "200",
            description = "The sources, the one that wins first",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                        schema = @Schema(implementation = EnvironmentDocument.class)),
                @Content(mediaType = V2_VALUE, schema = @Schema(implementation = EnvironmentDocument.class))
            })
    Mono<ResponseEntity<EnvironmentDocument>> withLabel(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable String label,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept,
            Actor actor) {
        return document(application, profiles, label, accept, actor);
    }

    private Mono<ResponseEntity<EnvironmentDocument>> document(
            String application, String profiles, @Nullable String label, @Nullable String accept, Actor actor) {
        boolean second = accept != null && accept.contains(V2.getSubtype());
        return RequestSteps.blocking(
                "db.environment",
                () -> ResponseEntity.ok()
                        .contentType(second ? V2 : MediaType.APPLICATION_JSON)
                        .body(EnvironmentDocument.of(environments.find(application, profiles, label, actor), second)));
    }

    @GetMapping({
        "/{application}-{profiles}.yml",
        "/{application}-{profiles}.yaml",
        "/{label}/{application}-{profiles}.yml",
        "/{label}/{application}-{profiles}.yaml"
    })
    @Operation(summary = "The configuration as YAML")
    Mono<ResponseEntity<String>> yaml(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable(required = false) @Nullable String label,
            @RequestParam(defaultValue = "true") boolean resolvePlaceholders,
            Actor actor) {
        return rendered(application, profiles, label, actor, TEXT, environment -> {
            Map<String, Object> tree = tree(environment, resolvePlaceholders);
            return new Yaml().dumpAsMap(tree);
        });
    }

    @GetMapping({"/{application}-{profiles}.json", "/{label}/{application}-{profiles}.json"})
    @Operation(summary = "The configuration as a JSON tree")
    @ApiResponse(
            responseCode = "200",
            description = "The tree",
            content =
                    @Content(
                            schema =
                                    @Schema(
                                            type = "object",
                                            additionalProperties = Schema.AdditionalPropertiesValue.TRUE)))
    Mono<ResponseEntity<String>> json(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable(required = false) @Nullable String label,
            @RequestParam(defaultValue = "true") boolean resolvePlaceholders,
            Actor actor) {
        return rendered(
                application,
                profiles,
                label,
                actor,
                MediaType.APPLICATION_JSON,
                environment -> ContractsJson.mapper().writeValueAsString(tree(environment, resolvePlaceholders)));
    }

    @GetMapping({"/{application}-{profiles}.properties", "/{label}/{application}-{profiles}.properties"})
    @Operation(summary = "The configuration as properties")
    Mono<ResponseEntity<String>> properties(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable(required = false) @Nullable String label,
            @RequestParam(defaultValue = "true") boolean resolvePlaceholders,
            Actor actor) {
        return rendered(application, profiles, label, actor, TEXT, environment -> {
            StringBuilder text = new StringBuilder();
            PropertyTree.flat(environment)
                    .forEach((key, value) -> text.append(text.isEmpty() ? "" : "\n")
                            .append(key)
                            .append(": ")
                            .append(value));
            return resolvePlaceholders ? new Placeholders(environment).resolve(text.toString()) : text.toString();
        });
    }

    private static Map<String, Object> tree(ClientEnvironment environment, boolean resolvePlaceholders) {
        Map<String, Object> tree = PropertyTree.nested(PropertyTree.flat(environment));
        return resolvePlaceholders ? new Placeholders(environment).resolve(tree) : tree;
    }

    private Mono<ResponseEntity<String>> rendered(
            String application,
            String profiles,
            @Nullable String label,
            Actor actor,
            MediaType type,
            Function<ClientEnvironment, String> render) {
        return RequestSteps.blocking(
                "db.environment",
                () -> ResponseEntity.ok()
                        .contentType(type)
                        .body(render.apply(environments.find(application, profiles, label, actor))));
    }

    /** A plain file with a label: the rest of the path is its own. */
    @GetMapping("/{application}/{profiles}/{label}/{*path}")
    @Operation(summary = "A plain file")
    Mono<ResponseEntity<String>> file(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable String label,
            @RequestParam(defaultValue = "true") boolean resolvePlaceholders,
            ServerWebExchange exchange,
            Actor actor) {
        List<String> path = exchange.getRequest().getPath().pathWithinApplication().elements().stream()
                .filter(PathContainer.PathSegment.class::isInstance)
                .map(segment -> ((PathContainer.PathSegment) segment).valueToMatch())
                .toList();
        return file(
                application,
                profiles,
                label,
                String.join("/", path.subList(SEGMENTS_BEFORE_FILE, path.size())),
                resolvePlaceholders,
                actor);
    }

    /** A plain file with the default label. */
    @GetMapping(path = "/{application}/{profiles}/{path}", params = "useDefaultLabel")
    @Operation(summary = "A plain file of the default label")
    Mono<ResponseEntity<String>> fileWithoutLabel(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable String path,
            @RequestParam(defaultValue = "true") boolean resolvePlaceholders,
            Actor actor) {
        return file(application, profiles, null, path, resolvePlaceholders, actor);
    }

    private Mono<ResponseEntity<String>> file(
            String application,
            String profiles,
            @Nullable String label,
            String path,
            boolean resolvePlaceholders,
            Actor actor) {
        return rendered(application, profiles, label, actor, TEXT, environment -> {
            String text = find(environment, path.replace("(_)", "/"));
            return resolvePlaceholders ? new Placeholders(environment).resolve(text) : text;
        });
    }

    /**
     * The file of the most specific namespace; in each, the name with a profile ({@code site-dev.conf}) before the
     * plain one, for the profiles in their order.
     */
    private static String find(ClientEnvironment environment, String path) {
        LinkedHashSet<String> names = new LinkedHashSet<>();
        String extension = StringUtils.getFilenameExtension(path);
        for (String profile : environment.profiles()) {
            if (!profile.equals(NamespaceId.DEFAULT_PROFILE)) {
                names.add(
                        extension == null
                                ? path + "-" + profile
                                : StringUtils.stripFilenameExtension(path) + "-" + profile + "." + extension);
            }
        }
        names.add(path);
        for (Source source : environment.sources()) {
            for (String name : names) {
                String text = source.files().get(name);
                if (text != null) {
                    return text;
                }
            }
        }
        throw new Rejected(
                Code.FILE_NOT_FOUND, "the configuration of " + environment.name() + " has no file of that path");
    }
}
