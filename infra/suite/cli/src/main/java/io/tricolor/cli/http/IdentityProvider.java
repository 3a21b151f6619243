package io.tricolor.cli.http;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An OpenID Connect provider, by its discovery document: logins by a device code (RFC 8628), and refresh tokens. */
public final class IdentityProvider {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MAX_ANSWER = 256 * 1024;

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(PATIENCE)
            .build();
    private final URI issuer;
    private final JsonNode configuration;

    /** Reads where its endpoints are. */
    public IdentityProvider(URI issuer) throws InterruptedException {
        this.issuer = issuer;
        String base = issuer.toString().replaceAll("/+$", "");
        Answer answer = send(HttpRequest.newBuilder(URI.create(base + "/.well-known/openid-configuration")));
        if (answer.status() != 200
                || !issuer.toString().equals(answer.body().path("issuer").asString(""))) {
            throw CliFailed.usage(issuer + " is no issuer with an OpenID configuration of its own", null);
        }
        this.configuration = answer.body();
    }

    /** What it answers; an empty object where that is no JSON. */
    public record Answer(int status, JsonNode body) {

        /** The error that it names; empty for none. */
        public String error() {
            return body.path("error").asString("");
        }
    }

    /** Asks for a code that a person confirms in a browser. */
    public Answer askForCode(Map<String, String> form) throws InterruptedException {
        return post("device_authorization_endpoint", form);
    }

    /** Asks for a token. */
    public Answer askForToken(Map<String, String> form) throws InterruptedException {
        return post("token_endpoint", form);
    }

    private Answer post(String endpoint, Map<String, String> form) throws InterruptedException {
        String address = configuration.path(endpoint).asString("");
        if (!address.startsWith("https://") && !address.startsWith("http://")) {
            throw CliFailed.usage(issuer + " has no " + endpoint, "a login needs the device flow of the provider");
        }
        return send(HttpRequest.newBuilder(URI.create(address))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form.entrySet().stream()
                        .map(entry ->
                                entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&")))));
    }

    private Answer send(HttpRequest.Builder request) throws InterruptedException {
        try {
            HttpResponse<String> answer = client.send(
                    request.timeout(PATIENCE)
                            .header("Accept", "application/json")
                            .build(),
                    BodyHandlers.limiting(BodyHandlers.ofString(), MAX_ANSWER));
            return new Answer(answer.statusCode(), read(answer.body()));
        } catch (IOException e) {
            throw CliFailed.of(ExitCode.FAILED, issuer + " does not answer: " + e, null);
        }
    }

    private static JsonNode read(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            return node.isObject() ? node : JSON.createObjectNode();
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }
}
