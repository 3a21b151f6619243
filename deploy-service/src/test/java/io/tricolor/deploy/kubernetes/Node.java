package io.tricolor.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The machine on which pods run: containers are processes, a volume is a directory. Each pod has an address of its own
 * on the loopback network.
 */
final class Node implements AutoCloseable {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    private final Path directory;
    private final Function<String, Optional<Secret>> secrets;
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    /** What runs of a pod, or has run. */
    private static final class Running {
        private final Path volume;
        private final Path log;
        private final Path logBefore;
        private volatile Process process;
        private volatile int fetchStatus = -1;
        private volatile String fetchMessage = "";
        private volatile boolean ready;
        private volatile boolean stopping;
        private volatile int restarts;
        private volatile int lastExit;

        private Running(Path volume) {
            this.volume = volume;
            this.log = volume.resolveSibling(volume.getFileName() + ".log");
            this.logBefore = volume.resolveSibling(volume.getFileName() + ".log.1");
        }
    }

    /**
     * How a pod is.
     *
     * @param fetchStatus status with which its first container ended; -1: it runs
     * @param restarts how often its container was started again
     * @param lastExit status with which it ended before
     */
    record State(boolean ready, int fetchStatus, String fetchMessage, int restarts, int lastExit) {}

    Node(Path directory, Function<String, Optional<Secret>> secrets) {
        this.directory = directory;
        this.secrets = secrets;
    }

    /** Starts a pod that has an address, if it does not run. */
    void start(Pod pod) {
        running.computeIfAbsent(pod.getMetadata().getName(), name -> {
            Running started = new Running(directory.resolve(name));
            Thread.ofVirtual().name("pod-" + name).start(() -> live(pod, started));
            return started;
        });
    }

    private void live(Pod pod, Running it) {
        try {
            Files.createDirectories(it.volume);
            for (Container first : pod.getSpec().getInitContainers()) {
                Path output = it.volume.resolveSibling(it.volume.getFileName() + ".fetch");
                Process fetch = process(pod, first, it.volume, output);
                it.process = fetch;
                int status = fetch.waitFor();
                it.fetchMessage = Files.readString(output);
                it.fetchStatus = status;
                if (status != 0) {
                    return;
                }
            }
            it.fetchStatus = 0;
            Container main = pod.getSpec().getContainers().getFirst();
            while (!it.stopping) {
                it.process = process(pod, main, it.volume, it.log);
                while (!it.process.waitFor(probeEvery(main).toMillis(), TimeUnit.MILLISECONDS)) {
                    it.ready = passes(pod, main);
                }
                it.ready = false;
                if (!it.stopping) {
                    it.lastExit = it.process.exitValue();
                    it.restarts++;
                    Files.move(it.log, it.logBefore, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A fifth of what the pod says, so that tests need not wait. */
    private static Duration probeEvery(Container main) {
        return Duration.ofSeconds(main.getReadinessProbe().getPeriodSeconds()).dividedBy(5);
    }

    private static boolean passes(Pod pod, Container main) throws InterruptedException {
        Probe probe = main.getReadinessProbe();
        int port = main.getPorts().getFirst().getContainerPort();
        URI uri = URI.create("http://" + pod.getStatus().getPodIP() + ":" + port
                + probe.getHttpGet().getPath());
        try {
            return HTTP.send(
                                    HttpRequest.newBuilder(uri)
                                            .timeout(Duration.ofSeconds(probe.getTimeoutSeconds()))
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode()
                    < 400;
        } catch (IOException e) {
            return false;
        }
    }

    private Process process(Pod pod, Container container, Path volume, Path output) throws IOException {
        List<String> command = new ArrayList<>();
        container.getCommand().forEach(part -> command.add(expanded(part)));
        if (command.getFirst().equals("java")) {
            command.set(
                    0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(volume.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        Map<String, String> environment = new HashMap<>();
        container.getEnv().forEach(variable -> environment.put(variable.getName(), value(pod, variable)));
        environment.put("PATH", System.getenv("PATH"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String value(Pod pod, EnvVar variable) {
        if (variable.getValueFrom() == null) {
            return expanded(variable.getValue());
        }
        if (variable.getValueFrom().getSecretKeyRef() != null) {
            String name = variable.getValueFrom().getSecretKeyRef().getName();
            String key = variable.getValueFrom().getSecretKeyRef().getKey();
            String encoded = secrets.apply(name)
                    .map(secret -> secret.getData().get(key))
                    .orElseThrow(() -> new IllegalStateException("no secret " + name + " with " + key));
            return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        }
        return switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
            case "status.podIP" -> pod.getStatus().getPodIP();
            case "metadata.name" -> pod.getMetadata().getName();
            default -> throw new IllegalStateException(variable.toString());
        };
    }

    /** As Kubernetes does: two dollars are one, and what is in brackets behind one is a variable. */
    private static String expanded(String text) {
        if (text.replace("$$", "").contains("$(")) {
            throw new IllegalStateException("a variable would be put in: " + text);
        }
        return text.replace("$$", "$");
    }

    State state(String pod) {
        Running it = running.get(pod);
        return it == null
                ? new State(false, -1, "", 0, 0)
                : new State(it.ready, it.fetchStatus, it.fetchMessage, it.restarts, it.lastExit);
    }

    /** Asks the processes of a pod to end; whether they have. */
    boolean stopped(String pod) {
        Running it = running.get(pod);
        if (it == null) {
            return true;
        }
        it.stopping = true;
        Process process = it.process;
        if (process == null || !process.isAlive()) {
            return true;
        }
        process.destroy();
        return false;
    }

    Optional<byte[]> log(String pod, boolean before) {
        Running it = running.get(pod);
        try {
            Path file = it == null ? null : before ? it.logBefore : it.log;
            return file == null || !Files.exists(file) ? Optional.empty() : Optional.of(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        running.values().forEach(it -> {
            it.stopping = true;
            if (it.process != null) {
                it.process.destroyForcibly();
            }
        });
    }
}
