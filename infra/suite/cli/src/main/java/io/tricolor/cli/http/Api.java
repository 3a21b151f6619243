package io.tricolor.cli.http;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.context.Place;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Plain;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.NullNode;

/**
 * Sends requests and understands answers. Every request has one deadline, which holds for its whole body too. Addresses
 * of a service are tried in turn; a command carries an idempotency key, so that sending it again does it once.
 */
public final class Api {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_ANSWER = 64 * 1024 * 1024;
    private static final int MAX_WITH_KEY = 300_000;
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofMillis(400);
    private static final int ROUNDS = 4;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();
    private final Place place;
    private final World.Time time;
    private final Duration patience;
    private final Map<Service, Integer> preferred = new EnumMap<>(Service.class);
    private @Nullable String token;

    /** With {@code patience} for each request. */
    public Api(Place place, World.Time time, Duration patience) {
        this.place = place;
        this.time = time;
        this.patience = patience;
    }

    /**
     * Something to send.
     *
     * @param body null: none
     * @param ifMatch version that the thing has to have; null: any
     * @param key idempotency key; null for a request that changes nothing, or that must not be sent twice
     */
    private record Message(
            Service service,
            String method,
            String path,
            @Nullable String body,
            String contentType,
            @Nullable String ifMatch,
            @Nullable String key) {

        boolean isRepeatable() {
            return method.equals("GET") || key != null;
        }

        String what(URI address) {
            return method + " " + address + path;
        }
    }

    /** Reads. */
    public Answer get(Service service, String path) throws InterruptedException {
        return understood(send(new Message(service, "GET", path, null, "application/json", null, null)));
    }

    /** Reads octets. */
    public byte[] octets(Service service, String path) throws InterruptedException {
        HttpResponse<byte[]> response = send(new Message(service, "GET", path, null, "application/json", null, null));
        if (response.statusCode() != 200) {
            understood(response);
            throw nonsense(response, "no content");
        }
        return response.body();
    }

    /** Asks something with a body that changes nothing. */
    public Answer ask(Service service, String path, JsonNode body) throws InterruptedException {
        return ask(service, "POST", path, body);
    }

    /** Asks something with a body that changes nothing, by a method that otherwise does. */
    public Answer ask(Service service, String method, String path, JsonNode body) throws InterruptedException {
        return understood(send(
                new Message(service, method, path, JSON.writeValueAsString(body), "application/json", null, null)));
    }

    /** Asks something in plain text that changes nothing, and is answered so. */
    public String text(Service service, String path, String body) throws InterruptedException {
        HttpResponse<byte[]> response =
                send(new Message(service, "POST", path, body, "text/plain; charset=utf-8", null, null));
        if (response.statusCode() != 200) {
            understood(response);
            throw nonsense(response, "no text");
        }
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    /** Changes something. */
    public Answer command(Service service, String method, String path, @Nullable JsonNode body)
            throws InterruptedException {
        return command(service, method, path, body, null, null);
    }

    /**
     * Changes something.
     *
     * @param ifMatch version that it has to have; null: any
     * @param key under which it is done once, whoever sends it again; null: one of its own
     */
    public Answer command(
            Service service,
            String method,
            String path,
            @Nullable JsonNode body,
            @Nullable String ifMatch,
            @Nullable String key)
            throws InterruptedException {
        String text = body == null ? null : JSON.writeValueAsString(body);
        boolean keyed = text == null || text.length() < MAX_WITH_KEY;
        String used = key != null ? key : keyed ? UUID.randomUUID().toString() : null;
        return understood(send(new Message(service, method, path, text, "application/json", ifMatch, used)));
    }

    private HttpResponse<byte[]> send(Message message) throws InterruptedException {
        List<URI> addresses = place.addresses().getOrDefault(message.service(), List.of());
        if (addresses.isEmpty()) {
            throw CliFailed.usage(
                    place.name() + " names no address of " + message.service().title(),
                    "`tricolor context add NAME --" + message.service().word() + " URL` adds it");
        }
        Duration deadline = time.passed().plus(patience);
        List<String> failures = new ArrayList<>();
        HttpResponse<byte[]> busy = null;
        for (int round = 0; round < ROUNDS; round++) {
            failures.clear();
            boolean mayHelp = false;
            for (int i = 0; i < addresses.size(); i++) {
                int index = (preferred.getOrDefault(message.service(), 0) + i) % addresses.size();
                URI address = addresses.get(index);
                Duration left = deadline.minus(time.passed());
                if (!left.isPositive()) {
                    break;
                }
                Duration share = left.dividedBy(addresses.size() - i);
                try {
                    HttpResponse<byte[]> response = exchange(message, address, share);
                    preferred.put(message.service(), index);
                    if (!mayBeRepeated(message, response.statusCode())) {
                        return response;
                    }
                    busy = response;
                    mayHelp = true;
                    failures.add(address + " answered " + response.statusCode());
                } catch (IOException e) {
                    failures.add(address + ": " + words(e));
                    if (!neverArrived(e)) {
                        mayHelp = true;
                        if (!message.isRepeatable()) {
                            throw unknown(message, address, e);
                        }
                    }
                } catch (TimeoutException e) {
                    failures.add(address + ": no whole answer within " + Durations.words(share));
                    if (!message.isRepeatable()) {
                        throw unknown(message, address, e);
                    }
                }
            }
            Duration pause = PAUSE.multipliedBy(1L << round);
            if (!mayHelp || round == ROUNDS - 1 || time.passed().plus(pause).compareTo(deadline) >= 0) {
                break;
            }
            time.pause(pause);
        }
        if (busy != null) {
            return busy;
        }
        throw unreachable(message, failures);
    }

    private static boolean mayBeRepeated(Message message, int status) {
        return status == 429 || status == 503 || ((status == 502 || status == 504) && message.isRepeatable());
    }

    /** Nothing of the request can have reached a service. */
    private static boolean neverArrived(IOException e) {
        return e instanceof ConnectException
                || e instanceof HttpConnectTimeoutException
                || e.getCause() instanceof UnresolvedAddressException;
    }

    private HttpResponse<byte[]> exchange(Message message, URI address, Duration limit)
            throws IOException, InterruptedException, TimeoutException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + message.path()))
                .timeout(limit)
                .header("Authorization", "Bearer " + token())
                .header("Accept", "application/json, application/problem+json, application/octet-stream;q=0.5")
                .method(
                        message.method(),
                        message.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofString(message.body()));
        if (message.body() != null) {
            request.header("Content-Type", message.contentType());
        }
        if (message.ifMatch() != null) {
            request.header("If-Match", "\"" + message.ifMatch() + "\"");
        }
        if (message.key() != null) {
            request.header("Idempotency-Key", message.key());
        }
        CompletableFuture<HttpResponse<byte[]>> response =
                client.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER));
        try {
            return response.get(limit.toMillis() + 1, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof java.net.http.HttpTimeoutException timeout
                    && !(timeout instanceof HttpConnectTimeoutException)) {
                throw new TimeoutException(timeout.getMessage());
            }
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(e.getCause());
        } finally {
            response.cancel(true);
        }
    }

    private String token() {
        if (token == null) {
            token = place.token().get();
        }
        return token;
    }

    private static String words(IOException e) {
        if (e instanceof HttpConnectTimeoutException) {
            return "nobody answers there";
        }
        if (e.getCause() instanceof UnresolvedAddressException) {
            return "there is no such host";
        }
        if (e instanceof ConnectException) {
            return "the connection was refused";
        }
        String message = e.getMessage();
        return "the connection broke off" + (message == null ? "" : " (" + Plain.line(message) + ")");
    }

    private CliFailed unreachable(Message message, List<String> failures) {
        return CliFailed.of(
                ExitCode.FAILED,
                message.service().title() + " cannot be reached: " + String.join("; ", failures),
                "is it up (`./tricolor status`), and is this its address (`tricolor context list`)?");
    }

    private static CliFailed unknown(Message message, URI address, Exception cause) {
        return CliFailed.of(
                ExitCode.FAILED,
                message.what(address) + " got no whole answer ("
                        + (cause instanceof IOException io ? words(io) : "it took too long")
                        + "); it may have been carried out or not",
                "look before you send it again");
    }

    private Answer understood(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        byte[] bytes = response.body();
        JsonNode body = NullNode.getInstance();
        if (bytes.length > 0) {
            try {
                body = JSON.readTree(bytes);
            } catch (JacksonException e) {
                throw nonsense(response, "what is no JSON");
            }
        }
        if (status >= 200 && status < 300) {
            return new Answer(
                    status,
                    body,
                    response.headers()
                            .firstValue("ETag")
                            .map(tag -> tag.replaceAll("^(?:W/)?\"(.*)\"$", "$1"))
                            .orElse(null));
        }
        String code = body.path("code").asString("");
        if (status < 400 || code.isEmpty()) {
            throw nonsense(response, "no problem document");
        }
        String trace = body.path("traceId").asString("");
        throw CliFailed.answered(
                status < 500 && status != 429 ? ExitCode.REFUSED : ExitCode.FAILED,
                code + ": " + body.path("detail").asString(body.path("title").asString("")) + " (" + status
                        + (trace.isEmpty() || status < 500 ? "" : ", trace " + trace) + ")",
                Problems.advice(code),
                body);
    }

    private static CliFailed nonsense(HttpResponse<byte[]> response, String what) {
        return CliFailed.of(
                ExitCode.FAILED,
                response.request().method() + " " + response.uri() + " was answered " + response.statusCode() + " with "
                        + what,
                "is this the address of a service of Tricolor? `tricolor context list` shows what is asked");
    }

    /** Refuses an answer that lacks something. */
    public static CliFailed incomplete(String what) {
        return CliFailed.of(
                ExitCode.FAILED,
                "the answer has no " + what,
                "is this the address of this service, and is the service as new as this command?");
    }
}
