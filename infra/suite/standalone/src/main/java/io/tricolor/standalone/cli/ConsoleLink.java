package io.tricolor.standalone.cli;

import io.tricolor.standalone.security.SigningKey;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Suite;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** A link into the console of a suite, good once and for a short time. */
final class ConsoleLink {

    private static final Duration TOKEN = Duration.ofHours(12);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int CREATED = 201;

    private ConsoleLink() {}

    /** For who runs this command, with all roles of people; empty where the console does not answer. */
    static Optional<String> make(Suite suite) throws InterruptedException {
        return make(suite, System.getProperty("user.name"), List.of("admin"));
    }

    /** For somebody else. */
    static Optional<String> make(Suite suite, String subject, List<String> roles) throws InterruptedException {
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            String token = SigningKey.in(suite.security()).token(subject, roles, List.of(), Instant.now(), TOKEN);
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(suite.url(Port.CONSOLE).resolve("/door/codes"))
                            .timeout(PATIENCE)
                            .header("Authorization", "Bearer " + token)
                            .POST(BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() == CREATED
                    ? Optional.of(JsonMapper.shared()
                            .readTree(answer.body())
                            .path("link")
                            .asString())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
