package io.tricolor.engines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real Keycloak with everything in memory, for tests that hold what reads tokens to a provider that others have
 * written. It was built for a database in memory ({@code bin/kc.sh build --db=dev-mem}), which takes longer than its
 * start.
 */
public final class KeycloakEngine extends ProcessEngine {

    /** For tests that are skipped where {@link #isAvailable} is false. */
    public static final String MISSING =
            "no Keycloak on this machine (./tricolor test fetches one where Maven can reach a repository)";

    /** Who may do everything; the password is the same. */
    public static final String ADMINISTRATOR = "admin";

    private final URI uri;

    private KeycloakEngine(ChildProcess process, URI uri) {
        super(process);
        this.uri = uri;
    }

    /** Whether there is one to start: where {@code ./tricolor test} puts it. */
    public static boolean isAvailable() {
        return home().isPresent();
    }

    /**
     * Starts one on a free port and waits until it answers.
     *
     * @param realm its name
     * @param definition of the realm, in Keycloak's JSON
     */
    public static KeycloakEngine start(Path dir, String realm, String definition) {
        Path home = dir.toAbsolutePath();
        try {
            link(home().orElseThrow(() -> new EngineFailed(MISSING)), home);
            Files.createDirectories(home.resolve("data/import"));
            Files.writeString(home.resolve("data/import/" + realm + ".json"), definition);
        } catch (IOException e) {
            throw new UncheckedIOException("Keycloak cannot be set up", e);
        }
        URI uri = URI.create("http://127.0.0.1:" + Ports.free());
        List<String> command = new ArrayList<>(List.of(JvmProcess.java().toString(), "-Xmx320m"));
        command.addAll(JvmProcess.SMALL);
        command.addAll(List.of(
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
                "--add-opens=java.base/java.security=ALL-UNNAMED",
                "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
                        + "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-Dkc.home.dir=" + home,
                "-Djboss.server.config.dir=" + home.resolve("conf"),
                "-Dpicocli.disable.closures=true",
                "-cp",
                home.resolve("lib/quarkus-run.jar").toString(),
                "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
                "start",
                "--optimized",
                "--import-realm",
                "--cache=local",
                "--http-enabled=true",
                "--hostname-strict=false",
                "--http-host=127.0.0.1",
                "--http-port=" + uri.getPort()));
        return new KeycloakEngine(
                ChildProcess.start(ProcessSpec.of("keycloak", home)
                        .command(command)
                        .environment("KC_BOOTSTRAP_ADMIN_USERNAME", ADMINISTRATOR)
                        .environment("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMINISTRATOR)
                        .startTimeout(Duration.ofMinutes(4))
                        .readiness(
                                Readiness.http(uri.resolve("/realms/" + realm + "/.well-known/openid-configuration")))
                        .build()),
                uri);
    }

    /** Its address. */
    public URI uri() {
        return uri;
    }

    /** The issuer of a realm's tokens. */
    public String issuer(String realm) {
        return uri + "/realms/" + realm;
    }

    @Override
    public void close() {
        // There is nothing to keep.
        kill();
    }

    private static Optional<Path> home() {
        Path cache = UserCache.directory().resolve("keycloak");
        if (!Files.isDirectory(cache)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(cache)) {
            return versions.filter(home -> Files.isReadable(home.resolve("lib/quarkus-run.jar")))
                    .filter(home -> Files.isReadable(home.resolve("lib/quarkus/build-system.properties")))
                    .max(Comparator.naturalOrder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same files; what it writes is its own. */
    private static void link(Path from, Path to) throws IOException {
        List<Path> all;
        try (Stream<Path> walked = Files.walk(from)) {
            all = walked.filter(file -> !file.startsWith(from.resolve("data"))).toList();
        }
        for (Path file : all) {
            Path here = to.resolve(from.relativize(file).toString());
            if (Files.isDirectory(file)) {
                Files.createDirectories(here);
            } else {
                try {
                    Files.createLink(here, file);
                } catch (IOException | UnsupportedOperationException e) {
                    Files.copy(file, here); // on another file system
                }
            }
        }
    }
}
