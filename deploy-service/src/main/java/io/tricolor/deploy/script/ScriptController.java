package io.tricolor.deploy.script;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.script.ScriptLedger.Run;
import io.tricolor.kit.requestlog.RequestSteps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Scripts of releases for people: what a reference names, in what two differ, and what ran. */
@RestController
class ScriptController {

    private static final int RUNS = 100;
    private static final String NAME = "[A-Za-z0-9._/-]{1,200}";

    private final Scripts scripts;
    private final ScriptRepositories repositories;

    ScriptController(Scripts scripts, ScriptRepositories repositories) {
        this.scripts = scripts;
        this.repositories = repositories;
    }

    /**
     * What to pin.
     *
     * @param repository name of a configured repository
     * @param directory within it; null: all of it
     * @param ref a branch, a tag or a commit
     */
    @Schema(name = "ScriptReference")
    record Reference(
            @Nullable String repository,
            @Nullable String directory,
            @Nullable String ref) {}

    /**
     * What it names now.
     *
     * @param scriptRevision for a manifest
     * @param hooks scripts that are there
     */
    @Schema(name = "PinnedScripts")
    record Pinned(String scriptRevision, String commit, String tree, List<String> hooks) {}

    /** Two values of {@code scriptRevision}. */
    @Schema(name = "TwoScriptRevisions")
    record Two(@Nullable String from, @Nullable String to) {}

    /** As git shows it. */
    @Schema(name = "ScriptDifference")
    record Difference(String diff) {}

    /** The newest first. */
    record ScriptRuns(List<Run> runs) {}

    @PostMapping("/api/scripts/resolve")
    @Operation(summary = "Find the scripts that a reference names now, and pin them")
    Mono<Pinned> resolve(@RequestBody Reference asked) {
        String repository = asked.repository();
        String directory = Objects.requireNonNullElse(asked.directory(), "");
        String ref = asked.ref();
        if (repository == null
                || ref == null
                || !ref.matches(NAME)
                || ScriptRevision.parse(written(repository, directory)).isEmpty()) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "repository and directory are names of letters, digits, dots and dashes, and ref is a branch, a tag"
                            + " or a whole commit");
        }
        return RequestSteps.blocking("git", () -> {
            try {
                ScriptRevision revision = repositories.resolve(repository, directory, ref);
                return new Pinned(revision.toString(), revision.commit(), revision.tree(), hooks(revision));
            } catch (IOException e) {
                throw new Rejected(Code.UPSTREAM_UNAVAILABLE, String.valueOf(e.getMessage()));
            } catch (ScriptRepositories.Wrong e) {
                throw new Rejected(Code.SCRIPT_INVALID, String.valueOf(e.getMessage()));
            }
        });
    }

    private static String written(String repository, String directory) {
        String nothing = "0".repeat(40);
        return new ScriptRevision(repository, directory, nothing, nothing).toString();
    }

    private List<String> hooks(ScriptRevision revision) throws IOException, ScriptRepositories.Wrong {
        Path directory = repositories.directory(revision);
        List<String> found = new ArrayList<>();
        for (Hook hook : Hook.values()) {
            if (Files.isExecutable(directory.resolve(hook.file()))) {
                found.add(hook.file());
            }
        }
        return found;
    }

    @PostMapping("/api/scripts/diff")
    @Operation(summary = "How the scripts of two releases differ")
    Mono<Difference> diff(@RequestBody Two two) {
        ScriptRevision from = revision(two.from());
        ScriptRevision to = revision(two.to());
        return RequestSteps.blocking("git", () -> {
            try {
                return new Difference(repositories.diff(from, to));
            } catch (IOException e) {
                throw new Rejected(Code.UPSTREAM_UNAVAILABLE, String.valueOf(e.getMessage()));
            } catch (ScriptRepositories.Wrong e) {
                throw new Rejected(Code.SCRIPT_INVALID, String.valueOf(e.getMessage()));
            }
        });
    }

    private static ScriptRevision revision(@Nullable String text) {
        return ScriptRevision.parse(text)
                .orElseThrow(() -> new Rejected(
                        Code.INVALID_ARGUMENT,
                        "from and to are written <repository>[/<directory>]@<commit>:<tree>, as manifests have them"));
    }

    @GetMapping("/api/groups/{group}/clusters/{cluster}/scripts")
    @Operation(summary = "Scripts that ran for a cluster, with their output")
    Mono<ScriptRuns> runs(@PathVariable String group, @PathVariable String cluster) {
        return RequestSteps.blocking("scripts", () -> new ScriptRuns(scripts.runs(group, cluster, RUNS)));
    }
}
