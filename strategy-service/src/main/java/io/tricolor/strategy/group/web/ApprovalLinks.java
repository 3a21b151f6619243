package io.tricolor.strategy.group.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Gate;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.outgoing.OutgoingProperties;
import io.tricolor.strategy.outgoing.Signature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/**
 * Makes and reads links by which one person approves one try of one stage of one plan. Such a link says who approves:
 * it is for the eyes of that person, is sent and never shown, and is of no use a second time.
 */
@Component
public class ApprovalLinks {

    private static final int SHORTEST_KEY = 32;
    private static final int LONGEST_TOKEN = 4_096;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final GroupStreams streams;
    private final InstantSource clock;
    private final LinkProperties properties;
    private final @Nullable URI base;
    private final @Nullable String key;

    ApprovalLinks(GroupStreams streams, InstantSource clock, LinkProperties properties, OutgoingProperties outgoing) {
        this.streams = streams;
        this.clock = clock;
        this.properties = properties;
        this.base = outgoing.publicBase();
        this.key = key(properties.linkKey());
    }

    /**
     * What a link says.
     *
     * @param fence position of the event from which the step counts that waits: another try of the stage is another one
     * @param expires when it is no longer of use
     */
    record Claim(
            String group, String upgrade, String stage, String plan, long fence, String approver, Instant expires) {}

    /** A link to approve the stage that an upgrade waits in; empty when it waits for none, or without key and base. */
    public Optional<String> linkFor(String groupId, String upgradeId, String approver) {
        String signedBy = key;
        if (signedBy == null || base == null) {
            return Optional.empty();
        }
        return streams.current(groupId)
                .map(GroupState::upgrade)
                .filter(upgrade -> upgrade.upgradeId().equals(upgradeId))
                .flatMap(upgrade -> claim(groupId, upgrade, approver))
                .map(claim -> base.toString().replaceAll("/+$", "") + "/api/groups/" + groupId + "/approval-link?token="
                        + sign(claim, signedBy));
    }

    private Optional<Claim> claim(String groupId, Upgrade upgrade, String approver) {
        return upgrade.gatedStage()
                .filter(stage -> stage.gates().stream().anyMatch(Gate.Approval.class::isInstance))
                .map(stage -> new Claim(
                        groupId,
                        upgrade.upgradeId(),
                        stage.name(),
                        PlanHash.of(upgrade.plan()),
                        upgrade.position().since(),
                        approver,
                        clock.instant().plus(properties.linkValidity())));
    }

    static String sign(Claim claim, String key) {
        String said = BASE64.encodeToString(CanonicalJson.text(claim).getBytes(UTF_8));
        return said + "." + BASE64.encodeToString(Signature.hmac(key, said));
    }

    /** What a token says; APPROVAL_LINK_INVALID when it was not made here for this group, or is too old. */
    Claim read(String groupId, String token) {
        int dot = token.indexOf('.');
        if (key == null || dot < 0 || token.length() > LONGEST_TOKEN) {
            throw invalid("this is no link to approve anything with");
        }
        String said = token.substring(0, dot);
        String signature = BASE64.encodeToString(Signature.hmac(key, said));
        if (!MessageDigest.isEqual(
                signature.getBytes(UTF_8), token.substring(dot + 1).getBytes(UTF_8))) {
            throw invalid("this link was not made here, or was changed on its way");
        }
        Claim claim = claim(said);
        if (!claim.group().equals(groupId)) {
            throw invalid("this link is for another group");
        }
        if (!clock.instant().isBefore(claim.expires())) {
            throw invalid("this link was of use until " + claim.expires());
        }
        return claim;
    }

    private static Claim claim(String said) {
        try {
            return ContractsJson.mapper()
                    .readValue(new String(Base64.getUrlDecoder().decode(said), UTF_8), Claim.class);
        } catch (JacksonException | IllegalArgumentException e) {
            throw invalid("this link cannot be read");
        }
    }

    private static Rejected invalid(String why) {
        return new Rejected(Code.APPROVAL_LINK_INVALID, why);
    }

    private static @Nullable String key(@Nullable Path file) {
        if (file == null) {
            return null;
        }
        try {
            String key = Files.readString(file).strip();
            if (key.length() < SHORTEST_KEY) {
                throw new IllegalArgumentException(
                        "tricolor.strategy.link-key is a file with at least " + SHORTEST_KEY + " characters");
            }
            return key;
        } catch (IOException e) {
            throw new UncheckedIOException("tricolor.strategy.link-key cannot be read", e);
        }
    }
}
