package io.tricolor.deploy;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests on a few threads, each to an instance of one cluster that passes its check in Consul. */
final class Traffic implements AutoCloseable {

    private static final int THREADS = 3;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI consul;
    private final String service;
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Set<String> versions = new ConcurrentSkipListSet<>();
    private final List<AtomicLong> answers = new ArrayList<>();
    private final Set<String> killed = new ConcurrentSkipListSet<>();
    private final AtomicLong broken = new AtomicLong();
    private volatile String cluster;
    private volatile boolean goesOn = true;

    Traffic(URI consul, String service, String cluster) {
        this.consul = consul;
        this.service = service;
        this.cluster = cluster;
        for (int i = 0; i < THREADS; i++) {
            AtomicLong own = new AtomicLong();
            answers.add(own);
            threads.add(Thread.ofVirtual().start(() -> send(own)));
        }
    }

    /** An instance to send to. */
    private record Target(String id, URI uri) {}

    private void send(AtomicLong answered) {
        while (goesOn) {
            Target target = null;
            try {
                target = instance();
                HttpResponse<String> answer = get(target.uri());
                if (answer.statusCode() != 200) {
                    failures.add(answer.statusCode() + " " + answer.body());
                } else {
                    versions.add(JSON.readTree(answer.body()).path("version").asString());
                }
                answered.incrementAndGet();
            } catch (IOException e) {
                if (target != null && killed.contains(target.id())) {
                    broken.incrementAndGet();
                } else {
                    failures.add(Instant.now() + " " + target + " " + e);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Target instance() throws IOException, InterruptedException {
        List<Target> passing = new ArrayList<>();
        String wanted = cluster;
        for (JsonNode entry : JSON.readTree(get(consul.resolve("/v1/health/service/" + service + "?passing"))
                .body())) {
            JsonNode found = entry.path("Service");
            if (found.path("Meta").path("tricolor-cluster").asString("").equals(wanted)) {
                passing.add(new Target(
                        found.path("ID").asString(),
                        URI.create("http://" + found.path("Address").asString() + ":"
                                + found.path("Port").asInt() + "/order")));
            }
        }
        if (passing.isEmpty()) {
            throw new IOException("no instance of cluster " + wanted + " passes");
        }
        return passing.get(ThreadLocalRandom.current().nextInt(passing.size()));
    }

    private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
    }

    /** An instance is about to be killed: requests to it may fail, and nothing else may. */
    void expectEndOf(String instanceId) {
        killed.add(instanceId);
    }

    /** Requests that a killed instance did not answer. */
    long broken() {
        return broken.get();
    }

    /** From the next request of each thread on. */
    void sendTo(String other) {
        cluster = other;
    }

    /** Until each thread has had so many more; a request that was under way before has ended then. */
    void awaitAnswers(int count) {
        List<Long> until = answers.stream().map(own -> own.get() + count).toList();
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            for (int i = 0; i < THREADS; i++) {
                if (answers.get(i).get() < until.get(i) && failures.isEmpty()) {
                    return false;
                }
            }
            return true;
        });
    }

    List<String> failures() {
        return failures;
    }

    Set<String> versions() {
        return versions;
    }

    @Override
    public void close() throws InterruptedException {
        goesOn = false;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
