package io.tricolor.strategy.freeze;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.freeze.FreezeWindow;
import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.requestlog.RequestSteps;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Freeze windows. An operator may set a new one at any time, which is how an emergency is declared; to change or lift
 * one takes an admin. {@code If-Match} is on the version of the calendar, which answers carry as ETag.
 */
@RestController
@RequestMapping("/api/freezes")
class FreezeController {

    private static final int MAX_REASON = 500;

    private final Commands commands;
    private final Freezes freezes;
    private final InstantSource clock;

    FreezeController(Commands commands, Freezes freezes, InstantSource clock) {
        this.commands = commands;
        this.freezes = freezes;
        this.clock = clock;
    }

    /** A window as a client sends it; without {@code from} it begins at once. */
    record WindowBody(
            @Nullable String name,
            @Nullable String environment,
            @Nullable String groupId,
            @Nullable Instant from,
            @Nullable Instant until,
            @Nullable List<WeeklyTime> weekly,
            @Nullable String reason) {

        FreezeWindow toWindow(Instant now) {
            List<WeeklyTime> times = Objects.requireNonNullElse(weekly, List.of());
            return new FreezeWindow(
                    Objects.requireNonNullElse(name, ""),
                    environment,
                    groupId,
                    from == null && until != null && times.isEmpty() ? now : from,
                    until,
                    times,
                    FreezeController.reason(reason));
        }
    }

    /**
     * A window, and whether it is in force.
     *
     * @param until when it ends, if it is in force
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record WindowView(
            FreezeWindow window,
            boolean inForce,
            boolean over,
            @Nullable Instant until) {

        static WindowView of(FreezeWindow window, Instant now) {
            Instant until = window.endsAfter(now).orElse(null);
            return new WindowView(window, until != null, window.isOver(now), until);
        }
    }

    /** All windows by name. */
    record WindowList(long version, List<WindowView> windows) {}

    @GetMapping
    @Operation(summary = "Freeze windows")
    Mono<ResponseEntity<WindowList>> list() {
        return RequestSteps.blocking("freezes", () -> {
            Calendar calendar = freezes.calendar();
            Instant now = clock.instant();
            WindowList list = new WindowList(
                    calendar.version(),
                    calendar.windows().values().stream()
                            .map(window -> WindowView.of(window, now))
                            .toList());
            // Before the first window there is no version that somebody could have seen.
            return calendar.version() < 0
                    ? ResponseEntity.ok(list)
                    : ResponseEntity.ok().eTag(etag(calendar.version())).body(list);
        });
    }

    @GetMapping("/{name}")
    @Operation(summary = "A freeze window")
    Mono<WindowView> get(@PathVariable String name) {
        return RequestSteps.blocking("freezes", () -> {
            FreezeWindow window = freezes.calendar().windows().get(name);
            if (window == null) {
                throw new Rejected(Code.FREEZE_WINDOW_NOT_FOUND, "there is no freeze window " + name);
            }
            return WindowView.of(window, clock.instant());
        });
    }

    @PostMapping
    @Operation(summary = "Add a freeze window")
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    Mono<ResponseEntity<WindowView>> add(@RequestBody WindowBody body, CommandContext context) {
        Instant now = now();
        FreezeWindow window = body.toWindow(now);
        return send(new FreezeCommand.Add(window, context.actor(), now), window.reason(), context)
                .map(version -> ResponseEntity.created(URI.create("/api/freezes/" + window.name()))
                        .eTag(etag(version))
                        .body(WindowView.of(window, now)));
    }

    @PutMapping("/{name}")
    @Operation(summary = "Replace or add a freeze window")
    Mono<ResponseEntity<WindowView>> put(
            @PathVariable String name, @RequestBody WindowBody body, CommandContext context) {
        if (body.name() != null && !body.name().equals(name)) {
            throw new Rejected(Code.INVALID_FREEZE_WINDOW, "the name of the window is " + name + " in the path");
        }
        Instant now = now();
        FreezeWindow window = new WindowBody(
                        name,
                        body.environment(),
                        body.groupId(),
                        body.from(),
                        body.until(),
                        body.weekly(),
                        body.reason())
                .toWindow(now);
        return send(new FreezeCommand.Put(window, context.actor(), now), window.reason(), context)
                .map(version -> ResponseEntity.ok().eTag(etag(version)).body(WindowView.of(window, now)));
    }

    @DeleteMapping("/{name}")
    @Operation(summary = "Lift a freeze window")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> lift(
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String reason,
            CommandContext context) {
        String why = reason(reason);
        return send(new FreezeCommand.Lift(name, why, context.actor(), now()), why, context)
                .map(version -> ResponseEntity.noContent().eTag(etag(version)).build());
    }

    private static String etag(long version) {
        return "\"" + version + "\"";
    }

    private Mono<Long> send(FreezeCommand command, String why, CommandContext context) {
        Long expected = context.expectedVersion().isPresent()
                ? (Long) context.expectedVersion().getAsLong()
                : null;
        return commands.send(FreezeCalendar.Instruction.of(command, expected), context.because(why));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static String reason(@Nullable String reason) {
        if (reason == null || reason.isBlank() || reason.length() > MAX_REASON) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "reason says why, in at most " + MAX_REASON + " characters: the history keeps it");
        }
        return reason.strip();
    }
}
