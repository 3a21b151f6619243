package io.tricolor.config.client;

import io.prometheus.client.Counter;
import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * The read API of Spring Cloud Config Server, below {@code /config-server}. The most specific source comes first: later
 * profiles before earlier ones and before {@code default}, the application before what all applications share. A client
 * of several applications ({@code spring.cloud.config.name=a,b}) gets those of the later ones first. An unknown
 * application gets what all share.
 */
@RestController
@RequestMapping("/config-server")
class ConfigServerController {

    private static final MediaType V2 = MediaType.parseMediaType("application/vnd.spring-cloud.config-server.v2+json");

    private static final int MOST_NAMES = 20;

    private static final Counter READS = Counter.build(
                    "tricolor_config_reads_total",
                    "Configurations read by clients, by whether the application has some of its own")
            .labelNames("own")
            .register();

    private final Revisions revisions;
    private final String defaultLabel;

    ConfigServerController(Revisions revisions, ConfigProperties properties) {
        this.revisions = revisions;
        this.defaultLabel = properties.defaultLabel();
    }

    /**
     * What a client gets.
     *
     * @param version the revisions inside, for example {@code shop/dev@3+application/default@1}
     */
    record ClientEnvironment(
            String name,
            List<String> profiles,
            String label,
            String version,
            @Nullable String state,
            List<Source> propertySources) {}

    /** One source of properties. */
    record Source(String name, Map<String, Object> source) {}

    /** A value and where it is from, in the second version of the format. */
    record OriginValue(Object value, String origin) {}

    @GetMapping("/{application}/{profiles}")
    @Operation(summary = "The configuration of an application, as Spring Cloud Config clients ask for it")
    Mono<ResponseEntity<ClientEnvironment>> withoutLabel(
            @PathVariable String application,
            @PathVariable String profiles,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept,
            Actor actor) {
        return read(application, profiles, defaultLabel, accept, actor);
    }

    @GetMapping("/{application}/{profiles}/{label}")
    @Operation(summary = "The configuration of an application of one label")
    Mono<ResponseEntity<ClientEnvironment>> withLabel(
            @PathVariable String application,
            @PathVariable String profiles,
            @PathVariable String label,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept,
            Actor actor) {
        return read(application, profiles, label, accept, actor);
    }

    private Mono<ResponseEntity<ClientEnvironment>> read(
            String application, String profiles, String label, @Nullable String accept, Actor actor) {
        List<String> applications = names("application", application);
        for (String name : applications) {
            if (!actor.isFor(name) && !name.equals(NamespaceId.SHARED)) {
                throw new Rejected(
                        Code.FORBIDDEN, "the token of " + actor.name() + " is not for the application " + name);
            }
        }
        boolean second = accept != null && accept.contains(V2.getSubtype());
        return RequestSteps.blocking("db.environment", () -> {
            ClientEnvironment environment =
                    environment(application, applications, names("profile", profiles), label, second);
            return ResponseEntity.ok()
                    .contentType(second ? V2 : MediaType.APPLICATION_JSON)
                    .body(environment);
        });
    }

    /** Names separated by commas, each once; blanks around them carry no meaning. */
    private static List<String> names(String what, String text) {
        List<String> names = Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        if (names.isEmpty() || names.size() > MOST_NAMES) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the " + what + " is 1 to " + MOST_NAMES + " names");
        }
        return names;
    }

    private ClientEnvironment environment(
            String name, List<String> applications, List<String> profiles, String label, boolean second) {
        List<Source> sources = new ArrayList<>();
        List<String> inside = new ArrayList<>();
        boolean own = false;
        for (NamespaceId namespace : namespaces(applications, profiles, label)) {
            RevisionView revision = revisions.current(namespace).orElse(null);
            if (revision != null) {
                String reference = namespace + "@" + revision.revision();
                sources.add(new Source(
                        "tricolor:" + reference, values(revisions.contentOf(revision), second ? reference : null)));
                inside.add(namespace.application() + "/" + namespace.profile() + "@" + revision.revision());
                own |= applications.contains(namespace.application());
            }
        }
        READS.labels(Boolean.toString(own)).inc();
        return new ClientEnvironment(
                name,
                profiles,
                label.replace("(_)", "/"),
                inside.isEmpty() ? "none" : inside.stream().collect(Collectors.joining("+")),
                null,
                sources);
    }

    static List<NamespaceId> namespaces(List<String> applications, List<String> profiles, String label) {
        SequencedSet<String> specificFirst = new LinkedHashSet<>(profiles.reversed());
        specificFirst.remove(NamespaceId.DEFAULT_PROFILE);
        specificFirst.addLast(NamespaceId.DEFAULT_PROFILE);
        SequencedSet<NamespaceId> namespaces = new LinkedHashSet<>();
        for (String profile : specificFirst) {
            for (String application : applications.reversed()) {
                namespaces.add(NamespaceId.ofPath(application, profile, label));
            }
            namespaces.add(NamespaceId.ofPath(NamespaceId.SHARED, profile, label));
        }
        return List.copyOf(namespaces);
    }

    private static Map<String, Object> values(ConfigContent content, @Nullable String origin) {
        Map<String, Object> values = new LinkedHashMap<>();
        content.values()
                .forEach((key, value) -> values.put(key, origin == null ? value : new OriginValue(value, origin)));
        return values;
    }
}
