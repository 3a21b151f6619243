package io.tricolor.config.kv;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.config.kv.KeyValues.Entry;
import io.tricolor.config.kv.KeyValues.Found;
import io.tricolor.config.kv.Watchers.Watch;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriUtils;
import reactor.core.publisher.Mono;

/**
 * Reading from Consul's key-value store, blocking queries included. Who waits with an index that is not the present one
 * is answered at once: it is behind, or from before the database was restored.
 */
@RestController
class ConsulKvController {

    private static final String PATH = "/v1/kv/";
    private static final Duration USUAL_WAIT = Duration.ofMinutes(5);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    private static final Pattern WAIT = Pattern.compile("([0-9]{1,7})(ms|s|m)");

    /** Consul adds up to this part of the wait, so that not all come back at once. */
    private static final int SPREAD = 16;

    private final KeyValues keys;
    private final Watchers watchers;

    ConsulKvController(KeyValues keys, Watchers watchers) {
        this.keys = keys;
        this.watchers = watchers;
    }

    @GetMapping("/v1/kv/{*key}")
    @Operation(summary = "Keys as Consul answers them")
    @Parameter(
            name = "recurse",
            in = ParameterIn.QUERY,
            description = "all keys that begin so",
            schema = @Schema(type = "string"))
    @Parameter(
            name = "keys",
            in = ParameterIn.QUERY,
            description = "their names alone",
            schema = @Schema(type = "string"))
    @Parameter(
            name = "separator",
            in = ParameterIn.QUERY,
            description = "names as far as this",
            schema = @Schema(type = "string"))
    @Parameter(name = "raw", in = ParameterIn.QUERY, description = "the value alone", schema = @Schema(type = "string"))
    @Parameter(
            name = "index",
            in = ParameterIn.QUERY,
            description = "wait for another one",
            schema = @Schema(type = "string"))
    @Parameter(
            name = "wait",
            in = ParameterIn.QUERY,
            description = "so long, as 30s",
            schema = @Schema(type = "string"))
    @ApiResponse(
            responseCode = "200",
            description = "What there is, as entries, names or octets",
            content = {
                @Content(mediaType = MediaType.APPLICATION_JSON_VALUE, schema = @Schema(type = "array")),
                @Content(
                        mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                        schema = @Schema(type = "string", format = "binary"))
            })
    @ApiResponse(responseCode = "404", description = "There is no such key", content = @Content)
    Mono<ResponseEntity<Object>> read(ServerWebExchange exchange, Actor actor) {
        String path = UriUtils.decode(
                exchange.getRequest().getPath().pathWithinApplication().value(), StandardCharsets.UTF_8);
        String key = path.substring(PATH.length());
        MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
        boolean exact = !query.containsKey("recurse") && !query.containsKey("keys");
        if (exact && key.isEmpty()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the name of the key is missing");
        }
        long index = index(query.getFirst("index"));
        Duration wait = wait(query.getFirst("wait"));
        Mono<Found> found = index <= 0
                ? RequestSteps.blocking("db.keys", () -> keys.find(key, exact))
                : changed(key, exact, index, wait);
        return found.map(answer -> answer(answer, key, query, actor));
    }

    private Mono<Found> changed(String key, boolean exact, long index, Duration wait) {
        return Mono.defer(() -> {
            Watch watch = watchers.add(key, exact, index);
            return RequestSteps.blocking("db.keys", () -> keys.find(key, exact))
                    .flatMap(now -> now.index() != index
                            ? Mono.just(now)
                            : Mono.fromFuture(watch.woken(), true)
                                    .timeout(wait, Mono.just(-1L))
                                    .flatMap(position -> position < 0
                                            ? Mono.just(now)
                                            : RequestSteps.blocking(
                                                    "db.keys", () -> keys.findAt(key, exact, position))))
                    .doFinally(end -> watchers.remove(watch));
        });
    }

    private static ResponseEntity<Object> answer(
            Found found, String key, MultiValueMap<String, String> query, Actor actor) {
        List<Entry> entries = found.entries().stream()
                .filter(entry ->
                        actor.isFor(entry.application()) || entry.application().equals(NamespaceId.SHARED))
                .toList();
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(entries.isEmpty() ? 404 : 200)
                .header("X-Consul-Index", Long.toString(found.index()))
                .header("X-Consul-Knownleader", "true")
                .header("X-Consul-Lastcontact", "0");
        if (entries.isEmpty()) {
            return answer.build();
        }
        if (query.containsKey("keys")) {
            return answer.contentType(MediaType.APPLICATION_JSON)
                    .body(names(entries, key, query.getFirst("separator")));
        }
        if (query.containsKey("raw") && !query.containsKey("recurse")) {
            return answer.contentType(MediaType.APPLICATION_OCTET_STREAM)
                    .body(entries.getFirst().bytes());
        }
        return answer.contentType(MediaType.APPLICATION_JSON).body(entries);
    }

    /** Names as far as the first separator behind the prefix, sorted. */
    private static Set<String> names(List<Entry> entries, String prefix, @Nullable String separator) {
        String end = separator == null ? "" : separator;
        Set<String> names = new TreeSet<>();
        for (Entry entry : entries) {
            int cut = end.isEmpty() ? -1 : entry.key().indexOf(end, prefix.length());
            names.add(cut < 0 ? entry.key() : entry.key().substring(0, cut + end.length()));
        }
        return names;
    }

    /** Clients that have no index yet send none, 0 or -1. */
    private static long index(@Nullable String text) {
        try {
            return text == null || text.isEmpty() ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "an index is a whole number");
        }
    }

    private static Duration wait(@Nullable String text) {
        Duration wait = USUAL_WAIT;
        if (text != null && !text.isEmpty()) {
            Matcher parts = WAIT.matcher(text);
            if (!parts.matches()) {
                throw new Rejected(Code.INVALID_ARGUMENT, "a wait is a number with ms, s or m");
            }
            long number = Long.parseLong(parts.group(1));
            wait = switch (parts.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                default -> Duration.ofMinutes(number);
            };
        }
        Duration bounded = wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
        return bounded.plusMillis(ThreadLocalRandom.current().nextLong(bounded.toMillis() / SPREAD + 1));
    }
}
