package io.tricolor.marathon.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** On files that stand for those of the kernel. */
class CgroupsTest {

    private static final AppDefinition APP = AppReader.read("/web", (ObjectNode)
            JsonMapper.builder().build().readTree("{\"cmd\":\"echo $PPID > who\",\"cpus\":0.25,\"mem\":64}"));

    @TempDir
    private Path directory;

    @Test
    void a_task_enters_a_group_with_its_limits_before_it_is_anything_else() throws Exception {
        Files.writeString(directory.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        Cgroups cgroups = Cgroups.below(directory);
        assertThat(directory.resolve("cgroup.subtree_control")).hasContent("+cpu +memory");
        Path sandbox = Files.createDirectories(directory.resolve("sandbox"));
        Process process = TaskLauncher.launch(
                "task-1", APP, Map.of("PATH", "/usr/bin:/bin"), new Sandbox(sandbox), cgroups, new Containers("none"));
        assertThat(process.waitFor()).isZero();
        Path group = directory.resolve("task-1");
        assertThat(group.resolve("cpu.max")).hasContent("25000 100000");
        assertThat(group.resolve("memory.max")).hasContent("67108864");
        assertThat(group.resolve("cgroup.procs")).hasContent("0");
        assertThat(sandbox.resolve("who")).as("the program itself ran").isNotEmptyFile();
        Files.delete(group.resolve("cpu.max"));
        Files.delete(group.resolve("memory.max"));
        Files.delete(group.resolve("cgroup.procs"));
        cgroups.leave("task-1");
        assertThat(group).doesNotExist();
    }

    @Test
    void without_a_directory_nothing_is_limited() throws Exception {
        Cgroups none = Cgroups.below(null);
        assertThat(none.limits()).isFalse();
        assertThat(none.enter("task-1", APP)).isEmpty();
        none.leave("task-1");
    }

    @Test
    void what_is_no_group_for_both_is_refused() throws Exception {
        assertThatThrownBy(() -> Cgroups.below(directory)).hasMessageContaining("no cgroup of version 2");
        Files.writeString(directory.resolve("cgroup.controllers"), "cpu pids\n");
        assertThatThrownBy(() -> Cgroups.below(directory)).hasMessageContaining("not cpu and memory");
    }
}
