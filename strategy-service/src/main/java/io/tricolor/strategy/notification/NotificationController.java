package io.tricolor.strategy.notification;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.notification.Notifications.Delivery;
import io.tricolor.strategy.notification.Notifications.State;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Who was told what, and what became of it. */
@RestController
class NotificationController {

    private static final int MAX_LIMIT = 500;

    private final Notifications notifications;

    NotificationController(Notifications notifications) {
        this.notifications = notifications;
    }

    /** A page, newest first. */
    record Page(List<Delivery> notifications, @Nullable Long next) {}

    @GetMapping("/api/notifications")
    @Operation(summary = "Notifications and how their delivery went")
    Mono<Page> list(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(defaultValue = "9223372036854775807") long after,
            @RequestParam(defaultValue = "100") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        State wanted = state == null ? null : state(state);
        return RequestSteps.blocking("notifications", () -> {
            List<Delivery> found = notifications.list(wanted, after, limit);
            return new Page(found, found.size() < limit ? null : found.getLast().number());
        });
    }

    private static State state(String text) {
        return Arrays.stream(State.values())
                .filter(one -> one.name().equals(text))
                .findFirst()
                .orElseThrow(() ->
                        new Rejected(Code.INVALID_ARGUMENT, "state is one of " + Arrays.toString(State.values())));
    }
}
