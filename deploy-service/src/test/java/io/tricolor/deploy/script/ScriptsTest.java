package io.tricolor.deploy.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.SecretRef;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.script.Hooks.Outcome;
import io.tricolor.deploy.secret.Secrets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jgit.revwalk.RevCommit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts from a repository, as processes. */
class ScriptsTest {

    private static final ServiceKey WEB = new ServiceKey("shop", "A", "web");
    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    @TempDir
    private Path directory;

    private final MemoryScriptRuns ledger = new MemoryScriptRuns();
    private final Secrets secrets =
            new Secrets(List.of(name -> name.equals("db") ? Optional.of("hush-hush") : Optional.empty()));
    private GitRemote remote;
    private Instant now = NOW;

    @BeforeEach
    void makeRemote() throws Exception {
        remote = new GitRemote(directory.resolve("remote"));
    }

    private ScriptProperties properties() {
        return new ScriptProperties(
                directory.resolve("kept"),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Map.of("ops", new ScriptProperties.Repository(remote.url(), null, null)));
    }

    private ScriptRepositories repositories() {
        return new ScriptRepositories(properties(), secrets);
    }

    private Scripts scripts() {
        return new Scripts(properties(), repositories(), ledger, secrets, () -> now, Runnable::run);
    }

    private ScriptRevision pinned(String reference) throws Exception {
        return repositories().resolve("ops", "web", reference);
    }

    private Hooks.Call call(Hook hook, @Nullable String revision, String order) {
        ServiceManifest manifest = new ServiceManifest(
                "web",
                new Artifact.File("file:///app.jar", "a".repeat(64)),
                List.of("java"),
                new TreeMap<>(Map.of("COLOUR", "blue")),
                new TreeMap<>(Map.of("DB_PASSWORD", new SecretRef("db"))),
                null,
                0.1,
                64,
                HealthCheck.standard(),
                null,
                revision);
        return new Hooks.Call(WEB, hook, manifest, "digest-1", order, Map.of("TRICOLOR_CLUSTER", "A"));
    }

    private ScriptLedger.Run last() {
        return ledger.of("shop", "A", 1).getFirst();
    }

    @Test
    void runs_a_script_once_with_what_the_service_has_and_keeps_what_it_wrote() throws Exception {
        remote.commit(Map.of(
                "web/migrate",
                "#!/bin/sh\n. ./lib.sh\nsay \"$COLOUR $TRICOLOR_CLUSTER $TRICOLOR_HOOK $DB_PASSWORD\"\n"
                        + "echo oops >&2\necho \"<$LEAK>\"\ntouch left-behind\n",
                "web/lib.sh",
                "say() { echo \"says $1\"; }\n"));
        String revision = pinned("main").toString();
        Scripts scripts = scripts();
        assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.1"))).isInstanceOf(Outcome.Waiting.class);
        assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.1"))).isInstanceOf(Outcome.Done.class);
        assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.2")))
                .as("another desired state of the same release")
                .isInstanceOf(Outcome.Done.class);
        assertThat(ledger.of("shop", "A", 9)).hasSize(1);
        assertThat(last().output()).isEqualTo("says blue A migrate ******\noops\n<>\n");
        assertThat(last().exit()).isZero();
        assertThat(directory.resolve("kept/trees/" + pinned("main").tree() + "/left-behind"))
                .doesNotExist();
        assertThat(scripts.of(call(Hook.START, revision, "0.2"))).isInstanceOf(Outcome.Waiting.class);
        assertThat(scripts.of(call(Hook.START, revision, "0.2")))
                .as("there is none")
                .isInstanceOf(Outcome.Done.class);
    }

    @Test
    void a_script_that_fails_is_tried_again_by_another_desired_state() throws Exception {
        remote.commit(Map.of("web/migrate", "#!/bin/sh\necho one\necho \"no table $DB_PASSWORD\"\nexit 3\n"));
        String revision = pinned("main").toString();
        Scripts scripts = scripts();
        scripts.of(call(Hook.MIGRATE, revision, "0.1"));
        assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.1")))
                .isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
                    assertThat(failed.rejection().code()).isEqualTo(Code.SCRIPT_FAILED);
                    assertThat(failed.rejection().message())
                            .isEqualTo("script migrate of web ended with 3: one | no table ******");
                });
        assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.2"))).isInstanceOf(Outcome.Waiting.class);
        assertThat(ledger.of("shop", "A", 9)).hasSize(2);
    }

    @Test
    void a_script_that_takes_too_long_is_ended_with_what_it_began() throws Exception {
        Path child = directory.resolve("child");
        remote.commit(Map.of("web/check", "#!/bin/sh\necho begun\nsleep 300 &\necho $! > " + child + "\nwait\n"));
        String revision = pinned("main").toString();
        Scripts scripts = scripts();
        scripts.of(call(Hook.CHECK, revision, "0.1"));
        assertThat(scripts.of(call(Hook.CHECK, revision, "0.1"))).isInstanceOf(Outcome.Failed.class);
        assertThat(last().exit()).isNull();
        assertThat(last().output()).startsWith("begun\n").contains("ended after PT2S");
        long pid = Long.parseLong(Files.readString(child).strip());
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void what_ran_at_the_start_runs_again_after_a_stop_and_a_migration_does_not() throws Exception {
        remote.commit(Map.of("web/start", "#!/bin/sh\n", "web/migrate", "#!/bin/sh\n"));
        String revision = pinned("main").toString();
        Scripts scripts = scripts();
        for (Hook hook : List.of(Hook.MIGRATE, Hook.START)) {
            scripts.of(call(hook, revision, "0.1"));
        }
        assertThat(scripts.isDone(WEB, Hook.START, "digest-1")).isTrue();
        assertThat(scripts.isDone(WEB, Hook.START, "digest-2")).isFalse();
        scripts.forget(WEB, call(Hook.STOP, revision, "0.1").manifest());
        assertThat(scripts.of(call(Hook.START, revision, "0.2"))).isInstanceOf(Outcome.Waiting.class);
        assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.2"))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void goes_on_after_a_kill_and_waits_for_what_still_runs() throws Exception {
        remote.commit(Map.of("web/migrate", "#!/bin/sh\n"));
        String revision = pinned("main").toString();
        Process still = new ProcessBuilder("sleep", "300").start();
        try {
            long id = ledger.begin(WEB, Hook.MIGRATE, revision, "digest-1", "0.1", now);
            ledger.runs(id, still.pid() + "@" + still.info().startInstant().orElseThrow());
            Scripts scripts = scripts();
            assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.1")))
                    .isInstanceOfSatisfying(
                            Outcome.Waiting.class,
                            waiting -> assertThat(waiting.message()).contains("still runs"));
            assertThat(ledger.of("shop", "A", 9)).hasSize(1);
            still.destroyForcibly().waitFor();
            scripts.of(call(Hook.MIGRATE, revision, "0.1"));
            assertThat(scripts.of(call(Hook.MIGRATE, revision, "0.1"))).isInstanceOf(Outcome.Done.class);
            assertThat(ledger.of("shop", "A", 9))
                    .extracting(ScriptLedger.Run::state)
                    .containsExactly(ScriptLedger.State.DONE, ScriptLedger.State.FAILED);
        } finally {
            still.destroyForcibly();
        }
    }

    @Test
    void scripts_that_were_had_once_are_there_when_the_remote_has_gone() throws Exception {
        RevCommit first = remote.commit(Map.of("web/start", "#!/bin/sh\necho one\n"));
        remote.tag("v1", first);
        ScriptRevision one = pinned("v1");
        RevCommit second = remote.commit(Map.of("web/start", "#!/bin/sh\necho two\n", "web/stop", "#!/bin/sh\n"));
        remote.tag("v1", second);
        assertThat(one.commit()).as("a tag that moves changes nothing").isEqualTo(first.name());
        ScriptRevision two = pinned("v1");
        assertThat(two.commit()).isEqualTo(second.name());
        assertThat(repositories().diff(one, two))
                .contains("diff --git a/start b/start", "-echo one", "+echo two", "new file mode 100755");
        remote.vanish();
        Scripts scripts = scripts();
        scripts.of(call(Hook.START, one.toString(), "0.1"));
        assertThat(last().output()).isEqualTo("one\n");
        assertThat(repositories().diff(two, one)).contains("+echo one");
        assertThatThrownBy(() -> pinned("v1")).isInstanceOf(java.io.IOException.class);
        ScriptRevision unknown = new ScriptRevision("ops", "web", "1".repeat(40), "2".repeat(40));
        Hooks.Call call = call(Hook.STOP, unknown.toString(), "0.1");
        scripts.of(call);
        assertThat(scripts.of(call)).isInstanceOf(Outcome.Unavailable.class);
        now = now.plusSeconds(6);
        assertThat(scripts.of(call)).as("tried again").isInstanceOf(Outcome.Waiting.class);
    }

    @Test
    void refuses_what_is_not_what_was_pinned() throws Exception {
        RevCommit commit = remote.commit(Map.of("web/start", "#!/bin/sh\n"));
        ScriptRevision right = pinned("main");
        ScriptRevision otherTree = new ScriptRevision("ops", "web", commit.name(), "3".repeat(40));
        assertThatThrownBy(() -> repositories().directory(otherTree))
                .isInstanceOf(ScriptRepositories.Wrong.class)
                .hasMessageContaining("have the tree " + right.tree());
        assertThatThrownBy(() ->
                        repositories().directory(new ScriptRevision("ops", "elsewhere", commit.name(), "3".repeat(40))))
                .hasMessageContaining("has no directory elsewhere");
        assertThatThrownBy(() ->
                        repositories().directory(new ScriptRevision("nobody", "web", commit.name(), "3".repeat(40))))
                .hasMessageContaining("names no nobody");
        remote.link("web/passwd", "/etc/passwd");
        remote.commit(Map.of("web/stop", "#!/bin/sh\n"));
        assertThatThrownBy(() -> pinned("main"))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        e -> assertThat(e.rejection().message()).contains("passwd, which is no plain file"));
        Hooks.Call call = call(Hook.START, otherTree.toString(), "0.1");
        Scripts scripts = scripts();
        scripts.of(call);
        assertThat(scripts.of(call)).isInstanceOf(Outcome.Failed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ops/web@1111111111111111111111111111111111111111",
                "ops/web@main:1111111111111111111111111111111111111111",
                "ops/../x@1111111111111111111111111111111111111111:1111111111111111111111111111111111111111",
                "Ops@1111111111111111111111111111111111111111:1111111111111111111111111111111111111111",
                "1111111111111111111111111111111111111111"
            })
    void other_forms_name_no_scripts(String text) {
        assertThat(ScriptRevision.parse(text)).isEmpty();
        assertThat(scripts().of(call(Hook.START, text, "0.1"))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void is_written_as_it_is_read() {
        String text = "ops/a/b-c.d@" + "1".repeat(40) + ":" + "2".repeat(40);
        assertThat(ScriptRevision.parse(text)).hasToString("Optional[" + text + "]");
        String root = "ops@" + "1".repeat(40) + ":" + "2".repeat(40);
        assertThat(ScriptRevision.parse(root)).hasToString("Optional[" + root + "]");
    }
}
