package io.tricolor.marathon.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskLogTest {

    @TempDir
    private Path directory;

    @Test
    void finds_the_last_lines() throws IOException {
        write("one\ntwo\nthree\n");
        assertThat(tail(2)).isEqualTo("two\nthree\n");
        assertThat(tail(3)).isEqualTo("one\ntwo\nthree\n");
        assertThat(tail(9)).isEqualTo("one\ntwo\nthree\n");
        write("unfinished");
        assertThat(tail(2)).isEqualTo("three\nunfinished");
    }

    @Test
    void finds_them_in_long_logs_and_never_goes_further_back_than_allowed() throws IOException {
        String line = "x".repeat(999) + "\n";
        write(line.repeat(500));
        assertThat(tail(200)).hasSize(200_000);
        TaskLog log = log();
        assertThat(log.lastLines(200, 5_000)).isEqualTo(500_000 - 5_000);
    }

    @Test
    void positions_go_on_when_the_log_is_turned_over() throws IOException {
        write("first half\n");
        assertThat(text(log().read(6, 100))).isEqualTo("half\n");
        log().limit(5);
        assertThat(Files.size(directory.resolve("stdout"))).isZero();
        write("second\n");
        assertThat(text(log().read(6, 100))).as("of the older file").isEqualTo("half\n");
        assertThat(text(log().read(11, 100))).isEqualTo("second\n");
        assertThat(log().read(11, 100).next()).isEqualTo(18);
        assertThat(tail(2)).as("across both files").isEqualTo("first half\nsecond\n");
    }

    @Test
    void what_is_no_longer_kept_is_passed_over() throws IOException {
        write("aaaaaa\n");
        log().limit(5);
        write("bbbbbb\n");
        log().limit(5);
        write("c\n");
        TaskLog.Piece piece = log().read(0, 100);
        assertThat(piece.from()).isEqualTo(7);
        assertThat(text(piece)).isEqualTo("bbbbbb\n");
        assertThat(text(log().read(14, 100))).isEqualTo("c\n");
    }

    @Test
    void is_empty_at_its_end_and_behind_it() throws IOException {
        write("abc");
        assertThat(log().read(3, 10).content()).isEmpty();
        assertThat(log().read(99, 10).next()).isEqualTo(3);
        assertThat(log().read(1, 1).next()).isEqualTo(2);
    }

    @Test
    void does_not_follow_a_link_that_the_program_has_put_in_its_place() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "s3cret");
        Files.createSymbolicLink(directory.resolve("stdout"), secret);
        assertThatThrownBy(() -> log().read(0, 100)).isInstanceOf(IOException.class);
    }

    @Test
    void there_is_none_before_the_start() {
        assertThatThrownBy(() -> log().read(0, 100)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void only_the_logs_stay_of_an_old_sandbox() throws IOException {
        write("aaaaaa\n");
        log().limit(5);
        Files.writeString(directory.resolve("program.jar"), "x");
        Files.createDirectories(directory.resolve("stderr.d"));
        Files.writeString(directory.resolve("stderr.d/stdout"), "x");
        new Sandbox(directory).keepLogsOnly();
        try (var left = Files.list(directory)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("stdout", "stdout.1", ".stdout.cut");
        }
    }

    private TaskLog log() {
        return new TaskLog(directory, "stdout");
    }

    private String tail(int lines) throws IOException {
        StringBuilder text = new StringBuilder();
        TaskLog.Piece piece = log().read(log().lastLines(lines, 1 << 20), 1 << 20);
        while (piece.content().length > 0) {
            text.append(text(piece));
            piece = log().read(piece.next(), 1 << 20);
        }
        return text.toString();
    }

    private void write(String text) throws IOException {
        Files.writeString(directory.resolve("stdout"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String text(TaskLog.Piece piece) {
        return new String(piece.content(), StandardCharsets.UTF_8);
    }
}
