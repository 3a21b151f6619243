package io.tricolor.deploy.orchestrator;

import io.prometheus.client.Counter;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls of Marathon, at the address that answered last. One that does not answer, or that has no leader to hand
 * the call on to, is left for the next one: a question is put to each of them in turn, a change is not sent twice.
 * A redirect, of whatever method, is followed to an address of the configuration and to no other, since it is sent
 * name and password. Blocking. Thread-safe.
 */
final class MarathonCalls implements AutoCloseable {

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 307, 308);

    /** A Marathon that is not the leader, and cannot reach it, says one of these. */
    private static final Set<Integer> LEADERLESS = Set.of(502, 503, 504);

    private static final int MOST_REDIRECTS = 3;

    private static final Counter MOVES = Counter.build(
                    "tricolor_deploy_marathon_moves_total",
                    "Times that another address of Marathon was gone over to, by why")
            .labelNames("why")
            .register();

    private final MarathonProperties marathon;
    private final HttpCalls http;
    private final JsonMapper json = new JsonMapper();
    private volatile int preferred;

    MarathonCalls(String name, MarathonProperties marathon, long maxBytes) {
        this.marathon = marathon;
        this.http = HttpCalls.named(name)
                .connectWithin(marathon.timeout())
                .within(marathon.timeout())
                .atMostBytes(maxBytes)
                .trusting(tls(marathon))
                .build();
    }

    /** Asks for a path and its query. */
    HttpAnswer get(String path) throws Unavailable {
        return get(path, marathon.timeout());
    }

    /** The same with another limit for the whole call; for long polls. */
    HttpAnswer get(String path, Duration within) throws Unavailable {
        for (int tried = 0; ; tried++) {
            try {
                HttpAnswer answer = once(path, HttpRequest.Builder::GET, within);
                if (!LEADERLESS.contains(answer.status())
                        || tried + 1 >= marathon.url().size()) {
                    return answer;
                }
            } catch (Unavailable e) {
                if (tried + 1 >= marathon.url().size()) {
                    throw e;
                }
            }
        }
    }

    /** Sends a change, once. What it says has to be true however often it arrives: an answer may be lost. */
    HttpAnswer change(String path, UnaryOperator<HttpRequest.Builder> change) throws Unavailable {
        return once(path, change, marathon.timeout());
    }

    private HttpAnswer once(String path, UnaryOperator<HttpRequest.Builder> rest, Duration within) throws Unavailable {
        int at = preferred;
        URI target = URI.create(marathon.url().get(at) + path);
        try {
            for (int hops = 0; ; hops++) {
                HttpAnswer answer = http.send(rest.apply(request(target)).build(), within);
                if (!REDIRECTS.contains(answer.status())) {
                    if (LEADERLESS.contains(answer.status())) {
                        leave(at, "leaderless");
                    }
                    return answer;
                }
                if (hops == MOST_REDIRECTS) {
                    throw new Unavailable("Marathon redirects again and again");
                }
                target = redirected(target, answer);
            }
        } catch (IOException e) {
            leave(at, "unreachable");
            throw new Unavailable("Marathon cannot be reached: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted while Marathon was asked");
        }
    }

    /** Only an address of the configuration is told who this service is. */
    private URI redirected(URI from, HttpAnswer answer) throws Unavailable {
        String location = answer.headers().firstValue("Location").orElse("");
        try {
            URI target = from.resolve(location);
            int index = indexOf(target).orElse(-1);
            if (index >= 0) {
                if (index != preferred) {
                    MOVES.labels("redirected").inc();
                    preferred = index;
                }
                return target;
            }
        } catch (IllegalArgumentException e) { // no address at all
            throw new Unavailable("Marathon redirects to something that is no address");
        }
        throw new Unavailable("Marathon redirects to an address that tricolor.marathon.url does not name: "
                + URI.create(location).getRawAuthority());
    }

    private Optional<Integer> indexOf(URI target) {
        for (int i = 0; i < marathon.url().size(); i++) {
            URI known = marathon.url().get(i);
            if (known.getScheme().equalsIgnoreCase(String.valueOf(target.getScheme()))
                    && known.getRawAuthority().equalsIgnoreCase(String.valueOf(target.getRawAuthority()))) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    private void leave(int address, String why) {
        if (marathon.url().size() > 1 && preferred == address) {
            MOVES.labels(why).inc();
            preferred = (address + 1) % marathon.url().size();
        }
    }

    /**
     * Listens to the leader's events, until it ends them. Others redirect to it or hand them on late.
     *
     * @param quiet the longest silence
     */
    void events(Duration quiet, Runnable opened, Consumer<String> line) throws IOException, InterruptedException {
        int at = preferred;
        try {
            URI base = leader().orElse(marathon.url().get(at));
            http.lines(
                    request(URI.create(base + "/v2/events"))
                            .setHeader("Accept", "text/event-stream")
                            .GET()
                            .build(),
                    quiet,
                    opened,
                    line);
        } catch (Unavailable e) {
            throw new IOException(e.getMessage(), e);
        } catch (IOException e) {
            leave(at, "unreachable");
            throw e;
        }
    }

    /** The address of the leader, if it is one that is known. */
    private Optional<URI> leader() throws Unavailable {
        HttpAnswer answer = get("/v2/leader");
        if (answer.status() != 200) {
            return Optional.empty();
        }
        try {
            String leader = json.readTree(answer.text()).path("leader").asString("");
            return marathon.url().stream()
                    .filter(known -> known.getRawAuthority().equalsIgnoreCase(leader))
                    .findFirst();
        } catch (JacksonException e) {
            throw new Unavailable("Marathon answered with something that is not JSON");
        }
    }

    private HttpRequest.Builder request(URI target) throws Unavailable {
        HttpRequest.Builder request = HttpRequest.newBuilder(target).header("Accept", "application/json");
        String authorization = authorization();
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    private @Nullable String authorization() throws Unavailable {
        if (marathon.username() != null && marathon.passwordFile() != null) {
            String both = marathon.username() + ":" + secret("password-file", marathon.passwordFile());
            return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
        }
        Path token = marathon.tokenFile();
        return token == null ? null : marathon.tokenScheme().header(secret("token-file", token));
    }

    private static String secret(String key, Path file) throws Unavailable {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new Unavailable("tricolor.marathon." + key + ": " + file + " cannot be read");
        }
    }

    private static @Nullable SSLContext tls(MarathonProperties marathon) {
        if (marathon.ca() == null && marathon.certificate() == null) {
            return null;
        }
        try {
            PemSslStoreDetails own = marathon.certificate() == null
                    ? null
                    : PemSslStoreDetails.forCertificates(Files.readString(marathon.certificate()))
                            .withPrivateKey(Files.readString(marathon.key()));
            PemSslStoreDetails trusted =
                    marathon.ca() == null ? null : PemSslStoreDetails.forCertificates(Files.readString(marathon.ca()));
            return SslBundle.of(new PemSslStoreBundle(own, trusted)).createSslContext();
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "tricolor.marathon.ca, .certificate or .key is not a PEM file that can be used: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
