package io.tricolor.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A small HTTP application. {@code GET /health}; any other GET tells version, cluster and instance; POST takes 300 ms
 * ({@code ?delayMs=} for another time). On SIGTERM it turns unhealthy, finishes what is in flight and ends.
 */
public final class SampleApp {

    private SampleApp() {}

    /** Runs until SIGTERM. Ends with status 2 when the environment is wrong, 1 when the port cannot be opened. */
    @SuppressWarnings("SystemOut") // standard output is this program's log
    public static void main(String[] args) throws InterruptedException {
        // Read by the JDK's server when its first class is loaded: idle connections stay longer than the clients' pools
        // keep them.
        System.setProperty("sun.net.httpserver.idleInterval", "75");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "4096");
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            Settings settings = Settings.of(System.getenv(), List.of(args));
            Thread.sleep(settings.startDelay());
            SampleServer server = SampleServer.start(settings);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(server), "drain"));
            System.out.println("sample " + settings.version() + " of cluster " + settings.cluster()
                    + " listens on port " + server.port());
        } catch (IllegalArgumentException e) {
            System.err.println("sample: " + e.getMessage());
            System.exit(2);
        } catch (IOException e) {
            System.err.println("sample: the port cannot be opened: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void drain(SampleServer server) {
        try {
            server.drainAndStop(Duration.ofMillis(500), Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
