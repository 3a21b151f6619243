package io.tricolor.deploy.release;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.deployment.query.DeploymentStreams;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.requestlog.RequestSteps;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Releases by name, read from the streams of a group's deployments: each is what some cluster was to run once. */
@RestController
class ReleaseController {

    private final DeploymentStreams streams;

    ReleaseController(DeploymentStreams streams) {
        this.streams = streams;
    }

    /** The newest first. */
    record Releases(List<Release> releases) {}

    /**
     * A manifest that was desired.
     *
     * @param version what people call it; several manifests may have the same
     * @param digest of the manifest
     * @param clusters that ever were to run it
     * @param current clusters that are to run it now
     */
    record Release(
            String version,
            String digest,
            Instant firstDesiredAt,
            Instant lastDesiredAt,
            NavigableSet<String> clusters,
            NavigableSet<String> current,
            Manifest manifest) {}

    /** Two manifests. */
    record Two(@Nullable Manifest from, @Nullable Manifest to) {}

    /** In what they differ. */
    record Differences(List<ManifestDiff.Change> changes) {}

    @GetMapping("/api/releases/{group}")
    @Operation(summary = "Releases of a group")
    Mono<Releases> list(@PathVariable String group) {
        return RequestSteps.blocking("releases", () -> new Releases(releases(group)));
    }

    @GetMapping("/api/releases/{group}/{version}")
    @Operation(summary = "A release with its manifest")
    Mono<Release> get(@PathVariable String group, @PathVariable String version) {
        return RequestSteps.blocking("release", () -> {
            List<Release> all = releases(group);
            return all.stream()
                    .filter(release -> release.version().equals(version))
                    .findFirst()
                    .or(() -> all.stream()
                            .filter(release -> version.matches("[0-9a-f]{8,64}")
                                    && release.digest().startsWith(version))
                            .findFirst())
                    .orElseThrow(() -> new Rejected(
                            Code.RELEASE_NOT_FOUND, "no cluster of " + group + " was ever to run " + version));
        });
    }

    @PostMapping("/api/manifests/diff")
    @Operation(summary = "How two manifests differ")
    Mono<Differences> diff(@RequestBody Two two) {
        Manifest from = two.from();
        Manifest to = two.to();
        if (from == null || to == null || hasHoles(from) || hasHoles(to)) {
            throw new Rejected(Code.INVALID_MANIFEST, "from and to are whole manifests");
        }
        return Mono.just(new Differences(ManifestDiff.between(from, to)));
    }

    @SuppressWarnings({"NullAway", "ConstantConditions"}) // a JSON reader passes null for what is missing
    private static boolean hasHoles(Manifest manifest) {
        return manifest.version() == null
                || manifest.services().stream()
                        .anyMatch(service -> service.name() == null || service.artifact() == null);
    }

    private List<Release> releases(String group) {
        Map<String, Release> byDigest = new LinkedHashMap<>();
        for (String id : streams.ids()) {
            if (!id.startsWith(group + "/")) {
                continue;
            }
            String cluster = id.substring(group.length() + 1);
            DeploymentState now = streams.current(id).orElse(null);
            streams.desired(id, desired -> {
                String digest = digest(desired.manifest());
                boolean current = now != null && now.manifest().equals(desired.manifest());
                byDigest.merge(digest, release(desired, digest, cluster, current), ReleaseController::joined);
            });
        }
        return byDigest.values().stream()
                .sorted(Comparator.comparing(Release::lastDesiredAt).reversed())
                .toList();
    }

    private static Release release(DeploymentDesired desired, String digest, String cluster, boolean current) {
        return new Release(
                desired.manifest().version(),
                digest,
                desired.at(),
                desired.at(),
                new TreeSet<>(List.of(cluster)),
                current ? new TreeSet<>(List.of(cluster)) : new TreeSet<>(),
                desired.manifest());
    }

    private static Release joined(Release a, Release b) {
        NavigableSet<String> clusters = new TreeSet<>(a.clusters());
        clusters.addAll(b.clusters());
        NavigableSet<String> current = new TreeSet<>(a.current());
        current.addAll(b.current());
        boolean first = a.firstDesiredAt().isBefore(b.firstDesiredAt());
        boolean last = a.lastDesiredAt().isAfter(b.lastDesiredAt());
        return new Release(
                a.version(),
                a.digest(),
                first ? a.firstDesiredAt() : b.firstDesiredAt(),
                last ? a.lastDesiredAt() : b.lastDesiredAt(),
                clusters,
                current,
                a.manifest());
    }

    private static String digest(Manifest manifest) {
        try {
            byte[] text = ContractsJson.mapper().writeValueAsString(manifest).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
