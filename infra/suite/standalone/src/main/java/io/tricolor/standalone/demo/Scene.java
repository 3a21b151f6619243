package io.tricolor.standalone.demo;

import io.tricolor.standalone.security.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/** Where demos play: the suite, the people who use it, and users of what it releases. By HTTP only, as all of them. */
public final class Scene {

    /** Installed first, on cluster A. */
    static final String FIRST = "1.0.0";

    private static final Duration QUIET = Duration.ofSeconds(3);

    private final URI gateway;
    private final int ratePerSecond;
    private final long seed;
    private final Story story;
    private final HttpClient client;
    private final Api operator;
    private final Api approver;
    private final Shop shop;

    /**
     * @param strategy root of strategy-service
     * @param gateway root of the router
     * @param artifact jar of the sample application
     * @param seed of the traffic
     */
    public Scene(URI strategy, URI gateway, SigningKey key, Path artifact, int ratePerSecond, long seed, Story story) {
        this.gateway = gateway;
        this.ratePerSecond = ratePerSecond;
        this.seed = seed;
        this.story = story;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        Instant now = Instant.now();
        this.operator =
                new Api(client, strategy, key.token("olivia", List.of("operator", "viewer"), now, Duration.ofHours(1)));
        this.approver =
                new Api(client, strategy, key.token("adam", List.of("approver", "viewer"), now, Duration.ofHours(1)));
        this.shop = new Shop(operator, artifact, story);
    }

    Story story() {
        return story;
    }

    Api operator() {
        return operator;
    }

    Api approver() {
        return approver;
    }

    Shop shop() {
        return shop;
    }

    /** A new group whose first release serves everybody from A. */
    String install(List<String> clusters, int instances) throws IOException, InterruptedException {
        String group = shop.create(clusters);
        String upgrade = shop.start(
                group,
                "/upgrades",
                Map.of(
                        "mode",
                        "INSTALL",
                        "to",
                        "A",
                        "manifest",
                        shop.manifest(FIRST, instances, Map.of()),
                        "reason",
                        "first release of the shop"));
        shop.await("the installation of " + FIRST + " on A", group, upgrade, Shop::isCompleted);
        story.tell(FIRST + " installed on A, " + instances + " instances, serves everybody");
        return group;
    }

    /** Users come, until it is closed; answered when they come at the full rate. */
    Traffic traffic(String group) throws InterruptedException {
        Traffic traffic = Traffic.start(client, URI.create(gateway + "/" + group), ratePerSecond, seed);
        Thread.sleep(Traffic.RAMP);
        quiet();
        story.tell("traffic runs: " + ratePerSecond + " requests a second, seed " + seed);
        return traffic;
    }

    /** Lets users use what there is for a moment. */
    void quiet() throws InterruptedException {
        Thread.sleep(QUIET);
    }

    JsonNode rebuild(String group) throws InterruptedException {
        return operator.get("/api/groups/" + group + "/rebuild").body();
    }
}
