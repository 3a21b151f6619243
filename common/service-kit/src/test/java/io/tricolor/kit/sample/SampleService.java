package io.tricolor.kit.sample;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.relay.RelayRoute;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Roles;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.messaging.MetaData;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.axonframework.modelling.command.TargetAggregateIdentifier;
import org.axonframework.spring.stereotype.Aggregate;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** One aggregate, one controller, one route. */
@SpringBootApplication(proxyBeanMethods = false)
public class SampleService {

    /** Publishes a revision. */
    public record Publish(@TargetAggregateIdentifier String namespace, String reason, Instant at) {}

    /** Body of a publication. */
    public record Publication(@NotBlank String reason) {}

    /** As a process of its own. */
    public static void main(String[] args) {
        SpringApplication.run(SampleService.class, args);
    }

    @Bean
    AccessRules accessRules() {
        return AccessRules.rules()
                .allow(HttpMethod.GET, "/api/**", Roles.VIEWER)
                .allow("/api/**", Roles.OPERATOR)
                .build();
    }

    @Bean
    RelayRoute relayRoute() {
        return event -> event instanceof ConfigEvent config
                ? new RelayRoute.Target(Topics.CONFIG_EVENTS, config.namespace())
                : null;
    }

    /** The aggregate. */
    @Aggregate(type = "Namespace", snapshotTriggerDefinition = "every100Events")
    @SuppressWarnings("NullAway.Init")
    public static class Namespace {

        @AggregateIdentifier
        private String namespace;

        private long revision;

        Namespace() {}

        @CommandHandler
        @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
        long handle(Publish command) {
            if (command.reason().equals("refuse") || (command.reason().equals("only first") && revision > 0)) {
                throw new Rejected(Code.NOTHING_TO_CHANGE, "refused");
            }
            MetaData epoch = command.reason().startsWith("epoch ")
                    ? MetaData.with(EventMetadata.EPOCH, command.reason().substring(6))
                    : MetaData.emptyInstance();
            int events = command.reason().startsWith("twice") ? 2 : 1;
            for (int i = 0; i < events; i++) {
                apply(
                        new ConfigRevisionPublished(
                                command.namespace(), revision + 1, "0", List.of(), command.reason(), command.at()),
                        epoch);
            }
            return revision;
        }

        @EventSourcingHandler
        void on(ConfigRevisionPublished event) {
            namespace = event.namespace();
            revision = event.revision();
        }
    }

    private static String overflow(String text) {
        throw new StackOverflowError("a secret detail of " + text);
    }

    /** The controller. */
    @RestController
    @RequestMapping("/api")
    static class Controller {

        private final Commands commands;

        Controller(Commands commands) {
            this.commands = commands;
        }

        @PostMapping("/namespaces/{namespace}")
        Mono<ResponseEntity<Map<String, Long>>> publish(
                @PathVariable String namespace, @Valid @RequestBody Publication body, CommandContext context) {
            return commands.<Long>send(
                            new Publish(namespace, body.reason(), Instant.now()), context.because(body.reason()))
                    .map(revision -> ResponseEntity.ok(Map.of("revision", revision)));
        }

        @PostMapping("/rules")
        IdRule rule(@RequestBody IdRule rule) {
            return rule;
        }

        @GetMapping("/numbers/{number}")
        Map<String, Object> number(
                @PathVariable int number,
                @RequestParam int plus,
                @Nullable @RequestParam(required = false) String token) {
            return Map.of("sum", number + plus);
        }

        @GetMapping("/fails")
        String fails() {
            throw new IllegalStateException("a secret detail");
        }

        /** Ends by an error of the virtual machine, thrown at different places. */
        @GetMapping("/overflows/{where}")
        Mono<String> overflows(@PathVariable String where) {
            return switch (where) {
                case "operator" -> Mono.just("x").map(SampleService::overflow);
                case "step" -> RequestSteps.blocking("step", () -> overflow("x"));
                default -> Mono.just(overflow(where));
            };
        }

        @PostMapping("/overflows")
        Mono<String> overflows(@RequestBody Mono<Publication> body) {
            return body.map(Publication::reason).map(SampleService::overflow);
        }

        @GetMapping("/slow")
        Mono<String> slow() {
            return Mono.delay(Duration.ofMinutes(1)).map(tick -> "late");
        }
    }
}
