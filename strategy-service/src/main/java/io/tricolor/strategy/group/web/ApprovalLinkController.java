package io.tricolor.strategy.group.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.problem.ProblemWriter;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.web.ApprovalLinks.Claim;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.HtmlUtils;
import reactor.core.publisher.Mono;

/**
 * A page for who follows a link to approve a stage. Looking at it does nothing, since programs that check mail look at
 * links as well; its form approves.
 */
@RestController
@RequestMapping("/api/groups/{groupId}/approval-link")
class ApprovalLinkController {

    private static final MediaType HTML = MediaType.parseMediaType("text/html;charset=UTF-8");

    private final ApprovalLinks links;
    private final GroupStreams streams;
    private final GroupCommands commands;

    ApprovalLinkController(ApprovalLinks links, GroupStreams streams, GroupCommands commands) {
        this.links = links;
        this.streams = streams;
        this.commands = commands;
    }

    @GetMapping
    @Operation(summary = "The page of a signed approval link")
    Mono<ResponseEntity<String>> page(
            @PathVariable String groupId, @RequestParam(defaultValue = "") String token, ServerWebExchange exchange) {
        return RequestSteps.blocking("group", () -> {
                    Claim claim = links.read(groupId, token);
                    return page(form(claim, waiting(streams.existing(groupId), claim)), 200);
                })
                .onErrorResume(Rejected.class, refused -> Mono.just(refused(refused, exchange)));
    }

    @PostMapping
    @Operation(summary = "Approve by a signed link")
    Mono<ResponseEntity<String>> approve(
            @PathVariable String groupId, @RequestParam(defaultValue = "") String token, ServerWebExchange exchange) {
        return exchange.getFormData()
                .flatMap(form -> {
                    Claim claim = links.read(groupId, token);
                    exchange.getAttributes().put(Actor.ATTRIBUTE, claim.approver());
                    String why = Bodies.reason(form.getFirst("reason"));
                    return commands.merge(
                                    groupId,
                                    state -> {
                                        waiting(state, claim);
                                        return new ApproveStage(groupId, claim.upgrade(), claim.stage(), why);
                                    },
                                    CommandContext.ofService(claim.approver(), claim.upgrade(), null)
                                            .because(why))
                            .map(version -> page(
                                    "<h1>Approved</h1><p>" + text(claim.approver()) + " has approved stage "
                                            + text(claim.stage()) + " of " + text(groupId) + ".</p>",
                                    200));
                })
                .onErrorResume(Rejected.class, refused -> Mono.just(refused(refused, exchange)));
    }

    /** The upgrade, if it is still the one, the plan and the try that the link is for, and it was not used yet. */
    private static Upgrade waiting(GroupState state, Claim claim) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null
                || !upgrade.upgradeId().equals(claim.upgrade())
                || upgrade.position().since() != claim.fence()) {
            throw new Rejected(
                    Code.NO_APPROVAL_PENDING, "stage " + claim.stage() + " does not wait for this approval any more");
        }
        PlanHash.require(claim.plan(), state);
        if (upgrade.position().approvedBy().contains(claim.approver())) {
            throw new Rejected(
                    Code.NO_APPROVAL_PENDING, claim.approver() + " has approved stage " + claim.stage() + " already");
        }
        return upgrade;
    }

    private static String form(Claim claim, Upgrade upgrade) {
        return "<h1>Approve stage " + text(claim.stage()) + " of " + text(claim.group()) + "?</h1>"
                + "<p>Release <b>" + text(upgrade.plan().to().manifest().version()) + "</b> in cluster "
                + text(upgrade.plan().to().cluster()) + ", asked for by "
                + text(upgrade.plan().request().by()) + ": "
                + text(upgrade.plan().request().reason()) + "</p>"
                + "<p>Plan " + claim.plan() + "</p>"
                + "<form method=\"post\"><p><label>Why, for the history: <input name=\"reason\" required maxlength=\"500\""
                + " autofocus></label></p><p><button>Approve as " + text(claim.approver()) + "</button></p></form>"
                + "<p>Of use until " + claim.expires() + ", once.</p>";
    }

    private static ResponseEntity<String> refused(Rejected refused, ServerWebExchange exchange) {
        Code code = refused.rejection().code();
        exchange.getAttributes().put(ProblemWriter.CODE, code);
        return page(
                "<h1>Not approved</h1><p>" + text(refused.rejection().message()) + "</p><p>" + code + "</p>",
                code.httpStatus());
    }

    private static ResponseEntity<String> page(String body, int status) {
        return ResponseEntity.status(status)
                .contentType(HTML)
                .cacheControl(CacheControl.noStore())
                .header(
                        "Content-Security-Policy",
                        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
                .header("Referrer-Policy", "no-referrer")
                .header("X-Content-Type-Options", "nosniff")
                .body("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\""
                        + " content=\"width=device-width\"><title>Tricolor</title><body>" + body + "</body></html>");
    }

    private static String text(@Nullable String raw) {
        return HtmlUtils.htmlEscape(Objects.requireNonNullElse(raw, ""));
    }
}
