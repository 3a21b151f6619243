package io.tricolor.engines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One PostgreSQL server as a child process, on 127.0.0.1, with its data under one directory. What it has committed
 * survives {@link #kill} and {@link #restart}: {@code fsync} and {@code synchronous_commit} are on. The role
 * {@link #USER} owns the databases.
 */
public final class PostgresEngine extends ProcessEngine {

    /** Login role of the services, and its password. */
    public static final String USER = "tricolor";

    /** Name of the signal for a fast shutdown, which does not wait for clients to leave. */
    public static final String STOP_SIGNAL = "INT";

    private static final String STILL_IN_USE = "is still in use";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final Path dir;
    private final int port;
    private boolean startedAfterCrash;

    private PostgresEngine(Path dir, int port, ChildProcess process, boolean startedAfterCrash) {
        super(process);
        this.dir = dir;
        this.port = port;
        this.startedAfterCrash = startedAfterCrash;
    }

    /** Starts a server on a free port and makes the databases that are not there yet. */
    public static PostgresEngine start(Path dir, String... databases) {
        return start(dir, Ports.free(), databases);
    }

    /** Starts a server on {@code port} and makes the databases that are not there yet. */
    public static PostgresEngine start(Path dir, int port, String... databases) {
        boolean crashed = prepare(dir);
        ChildProcess process = ChildProcess.launch(spec(dir, port).build());
        var engine = new PostgresEngine(dir, port, process, crashed);
        try {
            engine.awaitReady();
            ensureDatabases(dir, port, List.of(databases));
        } catch (EngineFailed e) {
            process.kill();
            throw e;
        }
        return engine;
    }

    /**
     * Unpacks the programs, makes the data directory, or clears away what a crash left in it.
     *
     * @return whether the server was not stopped in an orderly way the last time, so that it will recover from its log
     * @throws EngineFailed when a server is running on this directory
     */
    public static boolean prepare(Path dir) {
        Path data = data(dir);
        Path lock = data.resolve("postmaster.pid");
        try {
            if (!Files.exists(data.resolve("PG_VERSION"))) {
                initialise(dir);
                return false;
            }
            if (!Files.exists(lock)) {
                return false;
            }
            List<String> lines = Files.readAllLines(lock);
            String pid = lines.isEmpty() ? "" : lines.getFirst().strip();
            if (pid.matches("[0-9]{1,9}") && isPostgres(Long.parseLong(pid))) {
                throw new EngineFailed("a PostgreSQL server (pid " + pid + ") is running on " + data);
            }
            Files.delete(lock); // its pid may be another program's by now, and PostgreSQL would refuse to start
            return true;
        } catch (IOException e) {
            throw new EngineFailed("cannot prepare " + data, e);
        }
    }

    /** How to start a server on a prepared directory, for a caller that supervises it itself. */
    public static ProcessSpec.Builder spec(Path dir, int port) {
        var command = new ArrayList<String>();
        command.add(PostgresBinaries.unpacked().resolve("bin/postgres").toString());
        command.addAll(List.of("-D", data(dir).toString(), "-p", Integer.toString(port)));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "max_connections=100",
                "shared_buffers=32MB",
                "max_wal_size=256MB",
                "min_wal_size=32MB",
                "max_parallel_workers_per_gather=0",
                "jit=off",
                "timezone=UTC",
                "log_timezone=UTC")) {
            command.addAll(List.of("-c", setting));
        }
        return ProcessSpec.of("postgresql", dir)
                .command(Unprivileged.find().command(command))
                .readiness(() -> answers(dir, port))
                .startTimeout(START_TIMEOUT)
                .stopTimeout(Duration.ofSeconds(15))
                .stopSignal(STOP_SIGNAL);
    }

    /** Makes the role and the databases that are not there yet, on a server that is ready. */
    public static void ensureDatabases(Path dir, int port, List<String> databases) {
        try (Connection connection = connect(dir, port);
                var statement = connection.createStatement()) {
            for (String database : databases) {
                if (!database.matches("[a-z][a-z0-9_]{0,62}")) {
                    throw new IllegalArgumentException("not a database name: " + database);
                }
            }
            if (!exists(connection, "select 1 from pg_roles where rolname = ?", USER)) {
                statement.execute("create role " + USER + " login createdb password '" + USER + "'");
            }
            for (String database : databases) {
                if (!exists(connection, "select 1 from pg_database where datname = ?", database)) {
                    statement.execute("create database " + database + " owner " + USER);
                }
            }
        } catch (SQLException | IOException e) {
            throw new EngineFailed("cannot make the databases " + databases + ": " + e.getMessage(), e);
        }
    }

    /** JDBC URL of a database; log in as {@link #USER} with the same word as password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Opens a connection as {@link #USER}. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), USER, USER);
    }

    /** Makes a database that is not there yet. */
    public void createDatabase(String database) {
        ensureDatabases(dir, port, List.of(database));
    }

    /** The port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Whether the last start had to recover from the log, because the server before was killed. */
    public boolean startedAfterCrash() {
        return startedAfterCrash;
    }

    @Override
    public void restart() {
        process().stop();
        startedAfterCrash = prepare(dir);
        process().relaunch();
        awaitReady();
    }

    /** The children of a killed server hold its shared memory for a moment more; until then a new one ends at once. */
    private void awaitReady() {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try {
                process().awaitReady();
                return;
            } catch (EngineFailed e) {
                boolean held = !process().isAlive() && process().logTail().contains(STILL_IN_USE);
                if (!held || System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
                process().relaunch();
            }
        }
    }

    private static Path data(Path dir) {
        return dir.toAbsolutePath().resolve("data");
    }

    private static Path passwordFile(Path dir) {
        return dir.toAbsolutePath().resolve("superuser.password");
    }

    private static boolean answers(Path dir, int port) throws IOException {
        try (Connection connection = connect(dir, port)) {
            return connection.isValid(2);
        } catch (SQLException e) {
            return false;
        }
    }

    private static Connection connect(Path dir, int port) throws SQLException, IOException {
        String password = Files.readString(passwordFile(dir)).strip();
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?connectTimeout=2&socketTimeout=20&loginTimeout=3",
                "postgres",
                password);
    }

    private static boolean exists(Connection connection, String query, String name) throws SQLException {
        try (var statement = connection.prepareStatement(query)) {
            statement.setString(1, name);
            try (var rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    private static boolean isPostgres(long pid) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(handle -> handle.info().command())
                .filter(command -> command.endsWith("/postgres"))
                .isPresent();
    }

    /** Makes the data directory under another name first, so that a half-made one is never taken for a whole one. */
    private static void initialise(Path dir) throws IOException {
        Files.createDirectories(dir);
        Path partial = dir.toAbsolutePath().resolve("data.partial");
        FileTrees.delete(partial);
        FileTrees.delete(data(dir));
        Files.createDirectories(partial);
        Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwx------"));
        var secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        Path password = passwordFile(dir);
        Files.deleteIfExists(password);
        Files.createFile(password, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(password, HexFormat.of().formatHex(secret));
        Unprivileged unprivileged = Unprivileged.find();
        unprivileged.own(partial);
        unprivileged.own(password);
        Path initdb = PostgresBinaries.unpacked().resolve("bin/initdb");
        ChildProcess run = ChildProcess.launch(ProcessSpec.of("initdb", dir)
                .command(unprivileged.command(List.of(
                        initdb.toString(),
                        "-D",
                        partial.toString(),
                        "-U",
                        "postgres",
                        "--pwfile=" + password,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C")))
                .build());
        awaitEnd(run);
        if (!Files.exists(partial.resolve("PG_VERSION")) || !run.logTail().contains("Success.")) {
            throw new EngineFailed("initdb failed. Its log " + run.spec().log() + ":\n" + run.logTail());
        }
        Files.move(partial, data(dir));
    }

    private static void awaitEnd(ChildProcess run) {
        try {
            if (!run.awaitExit(START_TIMEOUT)) {
                throw new EngineFailed("initdb takes longer than " + START_TIMEOUT.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineFailed("interrupted while initdb was running", e);
        } finally {
            run.stop();
        }
    }
}
