package io.tricolor.strategy.stream;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** What happens to groups, as it happens. */
@RestController
class StreamController {

    private static final Pattern POSITION = Pattern.compile("\\d{1,18}");
    private static final int MOST_GROUPS = 1_000;
    private static final Set<String> PARAMETERS = Set.of("group", "after");

    private final EventFeed feed;

    StreamController(EventFeed feed) {
        this.feed = feed;
    }

    /**
     * Every stored event of groups in the order of the store, as server-sent events. The id of each is a position to go
     * on from, on any instance: {@code Last-Event-ID}, which outranks {@code after}.
     */
    @GetMapping(path = "/api/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(summary = "State changes of groups, live")
    ResponseEntity<Flux<ServerSentEvent<Object>>> stream(
            @RequestParam(required = false) @Nullable List<String> group,
            @RequestParam(required = false) @Nullable String after,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
            ServerHttpRequest request,
            Principal principal) {
        for (String name : request.getQueryParams().keySet()) {
            if (!PARAMETERS.contains(name)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "there is no parameter \"" + name + "\" here; there are group and after");
            }
        }
        Set<String> groups = group == null ? Set.of() : Set.copyOf(group);
        if (groups.size() > MOST_GROUPS) {
            throw new Rejected(Code.INVALID_ARGUMENT, "name at most " + MOST_GROUPS + " groups, or none for all");
        }
        String from = lastEventId == null || lastEventId.isEmpty() ? after : lastEventId;
        Instant expires = principal instanceof JwtAuthenticationToken token
                ? token.getToken().getExpiresAt()
                : null;
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .header("X-Accel-Buffering", "no")
                .body(feed.stream(from == null ? null : position(from), groups, expires));
    }

    private static long position(String text) {
        if (!POSITION.matcher(text).matches()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a position is a decimal number from 0, not '" + text + "'");
        }
        return Long.parseLong(text);
    }
}
