package io.tricolor.deploy.artifact;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.artifact.Resolutions.Resolution;
import io.tricolor.kit.requestlog.RequestSteps;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Content for orchestrators, and references to content for people. Orchestrators have no token: whoever knows the hash
 * of some content may have it, and nobody can guess one.
 */
@RestController
class ArtifactController {

    private static final Duration FOR_EVER = Duration.ofDays(365);
    private static final int MAX_REFERENCE = 1000;

    private final Artifacts artifacts;
    private final ArtifactProperties properties;
    private final ArtifactKeeper keeper;
    private final Resolutions resolutions;

    ArtifactController(
            Artifacts artifacts, ArtifactProperties properties, ArtifactKeeper keeper, Resolutions resolutions) {
        this.artifacts = artifacts;
        this.properties = properties;
        this.keeper = keeper;
        this.resolutions = resolutions;
    }

    /**
     * The store.
     *
     * @param url where orchestrators read from; null: there is no store
     * @param bytes of all content
     * @param keepBytes how much of what no release names is kept
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Store(@Nullable String url, long bytes, long keepBytes, List<Content> contents) {}

    /**
     * One piece of content.
     *
     * @param namedBy deployments that had, or have, a release with it; while there is one it stays
     */
    record Content(String sha256, long bytes, Instant usedAt, SortedSet<String> namedBy) {}

    /**
     * What to pin.
     *
     * @param platform of an image, as {@code linux/amd64}; null: all that it is for
     */
    record Reference(@Nullable String reference, @Nullable String platform) {}

    @GetMapping({"/artifacts/sha256/{hash}", "/artifacts/sha256/{hash}/{name}"})
    @Operation(summary = "The bytes of an artifact by their sha256")
    @ApiResponse(responseCode = "200", description = "All of it", useReturnTypeSchema = true)
    @ApiResponse(responseCode = "206", description = "The range that was asked for", useReturnTypeSchema = true)
    Mono<ResponseEntity<Resource>> content(
            @PathVariable String hash, @PathVariable(required = false) @Nullable String name) {
        return RequestSteps.blocking("content", () -> {
            ContentStore store = artifacts.store().orElse(null);
            Optional<Path> file = store == null ? Optional.empty() : store.find(hash);
            if (file.isEmpty()) {
                throw new Rejected(Code.NOT_FOUND, "there is no such content");
            }
            return ResponseEntity.ok()
                    .contentType(MediaType.APPLICATION_OCTET_STREAM)
                    .eTag("\"" + hash + "\"")
                    .cacheControl(CacheControl.maxAge(FOR_EVER).cachePublic().immutable())
                    .header("X-Content-Type-Options", "nosniff")
                    .header("Content-Disposition", "attachment")
                    .body((Resource) new FileSystemResource(file.get()));
        });
    }

    @GetMapping("/api/artifacts")
    @Operation(summary = "What the content store holds")
    Mono<Store> store() {
        return RequestSteps.blocking("store", () -> {
            ContentStore store = artifacts.store().orElse(null);
            if (store == null) {
                return new Store(null, 0, 0, List.of());
            }
            Map<String, SortedSet<String>> named = keeper.named();
            List<Content> contents = new ArrayList<>();
            for (ContentStore.Entry entry : store.entries()) {
                contents.add(new Content(
                        entry.sha256(),
                        entry.bytes(),
                        entry.usedAt(),
                        named.getOrDefault(entry.sha256(), new TreeSet<>())));
            }
            return new Store(
                    String.valueOf(properties.url()),
                    contents.stream().mapToLong(Content::bytes).sum(),
                    properties.keep().toBytes(),
                    contents);
        });
    }

    @PostMapping("/api/artifacts/resolve")
    @Operation(summary = "Find what a reference names now, and pin it")
    Mono<Resolution> resolve(@RequestBody Reference asked) {
        String reference = asked.reference();
        if (reference == null || reference.isBlank() || reference.length() > MAX_REFERENCE) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT, "reference is a text of at most " + MAX_REFERENCE + " characters");
        }
        String platform = asked.platform();
        if (platform != null && !platform.matches("[a-z0-9]{1,20}/[a-z0-9_]{1,20}(/[a-z0-9]{1,20})?")) {
            throw new Rejected(Code.INVALID_ARGUMENT, "platform is written as linux/amd64");
        }
        return RequestSteps.blocking("resolve", () -> resolutions.resolve(reference.strip(), platform));
    }
}
