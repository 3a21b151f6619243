package io.tricolor.strategy;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Listens to the live stream. Goes on at the next instance after some events, in the midst of them, and at once where
 * one is gone.
 */
final class StreamReader extends Thread {

    private static final int PIECE = 7;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final String authorization;
    private volatile List<URI> instances;
    private volatile int connections;
    private @Nullable String lastId;

    StreamReader(String authorization, URI... instances) {
        this.authorization = authorization;
        this.instances = List.of(instances);
        setDaemon(true);
    }

    void goesTo(URI... addresses) {
        instances = List.of(addresses);
    }

    int connections() {
        return connections;
    }

    /** In the order in which they came. */
    List<Long> sequencesOf(String group) {
        return events.stream()
                .filter(event -> event.get("groupId").asString().equals(group))
                .map(event -> event.get("sequence").asLong())
                .toList();
    }

    @Override
    public void run() {
        while (!isInterrupted()) {
            List<URI> all = instances;
            try {
                listen(all.get(connections++ % all.size()));
            } catch (IOException e) {
                Thread.onSpinWait(); // the next one
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void listen(URI instance) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        instance.resolve("/api/stream?after=0&group=streamed&group=pair"))
                .header("Authorization", authorization);
        if (lastId != null) {
            request.header("Last-Event-ID", lastId);
        }
        HttpResponse<java.io.InputStream> answer = http.send(request.build(), BodyHandlers.ofInputStream());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
            if (answer.statusCode() != 200) {
                throw new IOException("answered " + answer.statusCode());
            }
            String id = lastId;
            String type = "";
            String data = "";
            int heard = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id:")) {
                    id = line.substring(3);
                } else if (line.startsWith("event:")) {
                    type = line.substring(6);
                } else if (line.startsWith("data:")) {
                    data = line.substring(5);
                } else if (line.isEmpty()) {
                    lastId = id;
                    if (type.equals("group")) {
                        events.add(JsonMapper.shared().readTree(data));
                        if (++heard == PIECE) {
                            return;
                        }
                    }
                    type = "";
                }
            }
        }
    }
}
