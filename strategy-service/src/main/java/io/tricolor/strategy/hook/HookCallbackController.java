package io.tricolor.strategy.hook;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.kit.requestlog.RequestSteps;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Answers of webhooks that come later. Who has the token of the question may answer it. */
@RestController
class HookCallbackController {

    private final Hooks hooks;

    HookCallbackController(Hooks hooks) {
        this.hooks = hooks;
    }

    @PostMapping("/api/gate-callbacks/{number}")
    @Operation(summary = "Answer of a webhook that a gate asked")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> answer(
            @PathVariable long number,
            @RequestHeader(name = "Tricolor-Callback-Token", required = false) @Nullable String token,
            @RequestBody String body) {
        return RequestSteps.blocking("answer", () -> {
            hooks.answered(number, Objects.requireNonNullElse(token, ""), body);
            return ResponseEntity.noContent().build();
        });
    }
}
