package io.tricolor.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A service that the router talks to, by blocking calls on virtual threads. */
final class Peer {

    private final HttpClient client;
    private final String url;
    private final @Nullable Path tokenFile;

    Peer(HttpClient client, String url, @Nullable Path tokenFile) {
        this.client = client;
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.tokenFile = tokenFile;
    }

    HttpResponse<String> get(String path, Duration timeout) throws IOException, InterruptedException {
        return send(request(path, timeout).GET());
    }

    HttpResponse<String> put(String path, String json, Duration timeout) throws IOException, InterruptedException {
        return send(request(path, timeout)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpResponse<String> delete(String path, Duration timeout) throws IOException, InterruptedException {
        return send(request(path, timeout).DELETE());
    }

    private HttpRequest.Builder request(String path, Duration timeout) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(timeout);
        if (tokenFile != null) {
            request.header(
                    "Authorization", "Bearer " + Files.readString(tokenFile).strip());
        }
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
