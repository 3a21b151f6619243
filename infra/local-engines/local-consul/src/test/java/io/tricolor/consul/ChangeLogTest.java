package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangeLogTest {
    private static final List<Change> FIRST =
            List.of(new Change.KvPut(new KvEntry("a", "eA==", -1, 0, null, 2, 2)), new Change.KvDelay("a", 5));
    private static final List<Change> SECOND = List.of(
            new Change.CheckPut(new CheckEntry(
                    "c",
                    "n",
                    "",
                    "s",
                    "s",
                    new CheckDefinition.Http(
                            "http://127.0.0.1/",
                            "GET",
                            Map.of("A", List.of("b")),
                            "",
                            false,
                            new CheckDefinition.Schedule(Duration.ofSeconds(1), Duration.ofMillis(1500), 0, 2)),
                    Duration.ofMinutes(1),
                    CheckStatus.WARNING,
                    "line\nbreak é",
                    3,
                    3)),
            new Change.ServicePut(
                    new ServiceEntry("s", "s", List.of("t"), Map.of("k", "v"), "127.0.0.1", 80, false, 1, 1, 3, 3)),
            new Change.SessionPut(
                    new SessionEntry("x", "", Duration.ofSeconds(15), true, Duration.ZERO, List.of(), List.of("c"), 3)),
            new Change.Indexes(9, 8, 7, 6, 5, 4, Map.of("s", 3L)));

    @TempDir
    private Path dir;

    @Test
    void every_kind_of_change_comes_back_as_it_was() throws Exception {
        write(FIRST, SECOND);
        assertThat(replayed()).containsExactly(FIRST, SECOND);
    }

    @Test
    void torn_tail_is_cut_off_wherever_it_is_torn() throws Exception {
        write(FIRST, SECOND);
        byte[] whole = Files.readAllBytes(file());
        int secondLine = new String(whole, StandardCharsets.ISO_8859_1).indexOf('\n', 40) + 1;
        for (int length = secondLine; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThat(replayed()).containsExactly(FIRST);
            assertThat(Files.size(file())).isEqualTo(secondLine);
        }
        write(SECOND);
        assertThat(replayed()).containsExactly(FIRST, SECOND);
    }

    @Test
    void garbage_at_the_end_is_cut_off_and_damage_before_the_end_is_refused() throws Exception {
        write(FIRST, SECOND);
        Files.write(file(), new byte[] {0, 0, 0, 0, '\n'}, StandardOpenOption.APPEND);
        assertThat(replayed()).containsExactly(FIRST, SECOND);
        byte[] bytes = Files.readAllBytes(file());
        bytes[60] ^= 1;
        Files.write(file(), bytes);
        assertThatThrownBy(this::replayed).isInstanceOf(IOException.class).hasMessageContaining("damaged");
        Files.writeString(file(), "something else");
        assertThatThrownBy(this::replayed).isInstanceOf(IOException.class).hasMessageContaining("not a log");
    }

    @Test
    void compaction_replaces_the_history() throws Exception {
        try (ChangeLog log = ChangeLog.open(dir, changes -> {})) {
            for (int i = 0; i < 100; i++) {
                log.append(FIRST);
            }
            log.sync();
            assertThat(log.isWorthCompacting(100)).isTrue();
            log.compact(SECOND);
            assertThat(log.isWorthCompacting(100)).isFalse();
            log.append(FIRST);
            log.sync();
        }
        assertThat(replayed()).containsExactly(SECOND, FIRST);
        Files.writeString(dir.resolve("state.log.new"), "an unfinished compaction");
        assertThat(replayed()).containsExactly(SECOND, FIRST);
    }

    @SafeVarargs
    private void write(List<Change>... transactions) throws IOException {
        try (ChangeLog log = ChangeLog.open(dir, changes -> {})) {
            for (List<Change> transaction : transactions) {
                log.append(transaction);
                log.sync();
            }
        }
    }

    private List<List<Change>> replayed() throws IOException {
        List<List<Change>> all = new ArrayList<>();
        ChangeLog.open(dir, all::add).close();
        return all;
    }

    private Path file() {
        return dir.resolve("state.log");
    }
}
