package io.tricolor.marathon;

import io.tricolor.localhttp.LocalServer;
import io.tricolor.marathon.engine.Engine;
import io.tricolor.marathon.engine.EngineSettings;
import io.tricolor.marathon.engine.EventHub;
import io.tricolor.marathon.task.Cgroups;
import io.tricolor.marathon.task.Containers;
import io.tricolor.marathon.web.MarathonServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A single-machine engine that speaks the Marathon v2 API and runs real processes. SIGTERM ends the engine alone; its
 * tasks run on and are taken over by the next one. {@code POST /engine/shutdown?tasks=true} and {@code --stop-all} end
 * both.
 */
public final class LocalMarathon {

    private static final System.Logger LOG = System.getLogger(LocalMarathon.class.getName());

    private LocalMarathon() {}

    /** Runs until it is told to end. Ends with 2 for a wrong command line, 1 when it cannot start. */
    @SuppressWarnings("SystemOut") // help and errors are for whoever typed the command
    public static void main(String[] args) throws InterruptedException {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL%1$tz %4$s %2$s %5$s%6$s%n");
        if (List.of(args).contains("--help")) {
            System.out.print(Options.HELP);
            return;
        }
        try {
            Options options = Options.parse(List.of(args));
            Files.createDirectories(options.dataDirectory());
            if (options.stopAll()) {
                stopAll(options);
            } else {
                serve(options);
            }
        } catch (IllegalArgumentException e) {
            System.err.println("local-marathon: " + e.getMessage() + " (--help lists the options)");
            System.exit(2);
        } catch (IOException | IllegalStateException e) {
            System.err.println("local-marathon: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void serve(Options options) throws IOException, InterruptedException {
        FileLock lock = lock(options.dataDirectory());
        if (lock == null) {
            throw new IOException("another engine uses " + options.dataDirectory());
        }
        JsonMapper json = JsonMapper.builder().build();
        CountDownLatch end = new CountDownLatch(1);
        try (Engine engine = Engine.start(settings(options), json, new EventHub(json));
                LocalServer server = MarathonServer.start(engine, json, options.port(), end::countDown)) {
            Files.writeString(addressFile(options.dataDirectory()), server.uri().toString());
            LOG.log(
                    System.Logger.Level.INFO,
                    "tricolor local-marathon: single-machine engine, Marathon v2 API subset, not Marathon on Mesos; "
                            + "{0}, tasks on ports {1}-{2}, {4}, data in {3}",
                    server.uri(),
                    Integer.toString(options.minTaskPort()),
                    Integer.toString(options.maxTaskPort()),
                    options.dataDirectory().toAbsolutePath(),
                    options.cgroup() == null ? "cpus and memory not enforced" : "cpus and memory enforced by cgroup");
            Runnable closeServer = server::close;
            Runnable closeEngine = engine::close;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                closeServer.run();
                closeEngine.run();
            }));
            end.await();
            // The answer to the request that asked for the end is still on its way.
            Thread.sleep(200);
        } finally {
            lock.release();
        }
        System.exit(0);
    }

    private static void stopAll(Options options) throws IOException, InterruptedException {
        FileLock lock = lock(options.dataDirectory());
        if (lock == null) {
            String address = Files.readString(addressFile(options.dataDirectory()));
            try (HttpClient client = HttpClient.newHttpClient()) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/engine/shutdown?tasks=true"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .timeout(Duration.ofMinutes(2))
                        .build();
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    throw new IOException("the engine at " + address + " answered " + answer.statusCode());
                }
            }
            return;
        }
        JsonMapper json = JsonMapper.builder().build();
        Engine.stopTasks(settings(options), json, new EventHub(json));
        lock.release();
        System.exit(0);
    }

    private static EngineSettings settings(Options options) throws IOException {
        return new EngineSettings(
                options.dataDirectory(),
                options.minTaskPort(),
                options.maxTaskPort(),
                options.maxLogBytes(),
                options.cpus(),
                options.mem(),
                Cgroups.below(options.cgroup()),
                new Containers(options.docker()));
    }

    /** Held until the process ends; null when another process holds it. */
    @SuppressWarnings("resource") // lives as long as the lock
    private static @Nullable FileLock lock(Path directory) throws IOException {
        return FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .tryLock();
    }

    private static Path addressFile(Path directory) {
        return directory.resolve("address");
    }
}
