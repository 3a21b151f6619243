package io.tricolor.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** A few users who send one request after the other, every tenth a POST that takes 300 ms, until closed. */
final class SteadyTraffic implements AutoCloseable {

    private static final int USERS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI target;
    private final AtomicLong requests = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> users = new ArrayList<>();
    private volatile boolean closed;

    SteadyTraffic(URI target) {
        this.target = target;
        for (int user = 0; user < USERS; user++) {
            int id = user * 997;
            users.add(Thread.ofVirtual().start(() -> use(id)));
        }
    }

    private void use(int userId) {
        for (int n = 0; !closed; n++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target + "/items/" + n))
                    .timeout(PATIENCE)
                    .header("X-User-Id", Integer.toString(userId));
            if (n % 10 == 0) {
                request.POST(BodyPublishers.ofString("{}"));
            }
            try {
                requests.incrementAndGet();
                HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    failures.add(Instant.now() + " " + answer.statusCode() + " " + answer.body());
                }
                Thread.sleep(20);
            } catch (IOException e) {
                failures.add(Instant.now() + " " + e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    long requests() {
        return requests.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        for (Thread user : users) {
            user.join();
        }
    }
}
