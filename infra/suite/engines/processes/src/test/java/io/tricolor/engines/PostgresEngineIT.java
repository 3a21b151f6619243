package io.tricolor.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresEngineIT {

    @TempDir
    Path dir;

    @Test
    void keeps_what_was_committed_through_a_kill_and_a_restart() throws Exception {
        try (var postgres = PostgresEngine.start(dir, "strategy", "deploy")) {
            assertThat(postgres.startedAfterCrash()).isFalse();
            execute(postgres, "create table note (text varchar)");
            execute(postgres, "insert into note values ('kept')");

            postgres.kill();
            assertThatThrownBy(() -> postgres.connect("strategy")).isInstanceOf(SQLException.class);
            postgres.restart();

            assertThat(postgres.startedAfterCrash()).isTrue();
            assertThat(count(postgres)).isEqualTo(1);
            postgres.restart();
            assertThat(postgres.startedAfterCrash()).isFalse();
            assertThat(count(postgres)).isEqualTo(1);
        }
    }

    @Test
    void writes_through_to_the_disk_and_listens_on_loopback_with_a_password_only() throws Exception {
        try (var postgres = PostgresEngine.start(dir, "strategy")) {
            assertThat(setting(postgres, "fsync")).isEqualTo("on");
            assertThat(setting(postgres, "synchronous_commit")).isEqualTo("on");
            assertThat(setting(postgres, "listen_addresses")).isEqualTo("127.0.0.1");
            assertThatThrownBy(() -> java.sql.DriverManager.getConnection(
                            postgres.jdbcUrl("strategy"), PostgresEngine.USER, "wrong"))
                    .hasMessageContaining("password");
        }
    }

    @Test
    void refuses_a_directory_in_use_and_clears_a_stale_lock_away() throws Exception {
        try (var postgres = PostgresEngine.start(dir, "strategy")) {
            assertThatThrownBy(() -> PostgresEngine.start(dir))
                    .isInstanceOf(EngineFailed.class)
                    .hasMessageContaining("pid " + postgres.process().pid());
        }
        // The pid of a program that is alive but is no PostgreSQL server, as after a reboot.
        Files.writeString(
                dir.resolve("data/postmaster.pid"), ProcessHandle.current().pid() + "\n");
        try (var postgres = PostgresEngine.start(dir, "strategy")) {
            assertThat(postgres.startedAfterCrash()).isTrue();
        }
    }

    private static void execute(PostgresEngine postgres, String sql) throws SQLException {
        try (var connection = postgres.connect("strategy");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int count(PostgresEngine postgres) throws SQLException {
        try (var connection = postgres.connect("strategy");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from note where text = 'kept'")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static String setting(PostgresEngine postgres, String name) throws SQLException {
        try (var connection = postgres.connect("strategy");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("show " + name)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
