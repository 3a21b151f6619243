package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.Tables;
import io.tricolor.router.testing.WithPeers;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** gRPC through the router, by a client and servers of grpc-java. */
@Tag("engine")
class GrpcTest extends WithPeers {

    private static final Metadata.Key<String> USER = Metadata.Key.of("x-user-id", Metadata.ASCII_STRING_MARSHALLER);

    private final int port = Ports.free();

    private GrpcInstance a;
    private GrpcInstance b;

    @BeforeEach
    void startInstances() {
        a = keep(new GrpcInstance("A", "a-1"));
        b = keep(new GrpcInstance("B", "b-1"));
        consul.register("shop-web", a.as("shop", "web"), b.as("shop", "web"));
    }

    private TestRouter routing(RouteTable table, String... more) {
        strategy.publish(table);
        List<String> options = new ArrayList<>(List.of(more));
        options.add("--tricolor.nginx.grpc-listen=127.0.0.1:" + port);
        TestRouter router =
                keep(new TestRouter(strategy.url(), consul.url(), directory, options.toArray(String[]::new)));
        Await.until("table", () -> reports(table.version()));
        return router;
    }

    private ManagedChannel channel() {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .disableRetry()
                .build();
        keep(channel::shutdownNow);
        return channel;
    }

    private static Channel as(Channel channel, String user) {
        Metadata metadata = new Metadata();
        metadata.put(USER, user);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static CallOptions patience() {
        return CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS);
    }

    private static String get(Channel channel, String question) {
        return ClientCalls.blockingUnaryCall(channel, GrpcInstance.GET, patience(), question);
    }

    private static StatusRuntimeException failure(Channel channel, String question) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> get(channel, question));
    }

    private static String reason(StatusRuntimeException failure) {
        Metadata trailers = failure.getTrailers();
        return trailers == null
                ? null
                : trailers.get(Metadata.Key.of("x-tricolor-reason", Metadata.ASCII_STRING_MARSHALLER));
    }

    /** A call whose ends are the test's. */
    private static final class Chat implements StreamObserver<String> {

        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final StreamObserver<String> out;

        Chat(Channel channel) {
            out = ClientCalls.asyncBidiStreamingCall(channel.newCall(GrpcInstance.CHAT, CallOptions.DEFAULT), this);
        }

        String ask(String word) throws InterruptedException {
            out.onNext(word);
            return heard.poll(10, TimeUnit.SECONDS);
        }

        void end() {
            out.onCompleted();
        }

        @Override
        public void onNext(String word) {
            heard.add(word);
        }

        @Override
        public void onError(Throwable failure) {
            heard.add("failed: " + Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            heard.add("completed");
        }
    }

    @Test
    void routes_each_call_of_one_connection_by_its_metadata() throws Exception {
        TestRouter router = routing(Tables.seed(1));
        Channel channel = channel();
        for (int i = 0; i < 20; i++) {
            assertThat(get(as(channel, "700"), "x")).isEqualTo("B b-1 1");
            assertThat(get(as(channel, "12"), "x")).isEqualTo("A a-1 1");
        }
        assertThat(get(channel, "y".repeat(300_000))).as("longer than a window").isEqualTo("A a-1 300000");
        Metadata seen = b.headers.getLast();
        for (Map.Entry<String, String> header : Map.of(
                        "x-tricolor-cluster", "B",
                        "x-tricolor-group", "shop",
                        "x-tricolor-table", "1.1",
                        "x-tricolor-lane", "shop=B",
                        "x-forwarded-for", "127.0.0.1",
                        "x-user-id", "700")
                .entrySet()) {
            assertThat(seen.get(Metadata.Key.of(header.getKey(), Metadata.ASCII_STRING_MARSHALLER)))
                    .as(header.getKey())
                    .isEqualTo(header.getValue());
        }
        assertThat(b.authorities).as("the host that the client named").containsOnly("127.0.0.1:" + port);
        Iterator<String> list =
                ClientCalls.blockingServerStreamingCall(as(channel, "alice"), GrpcInstance.LIST, patience(), "500");
        for (int i = 0; i < 500; i++) {
            assertThat(list.next()).isEqualTo("B " + i);
        }
        assertThat(list.hasNext()).isFalse();
        StatusRuntimeException missing = failure(channel, "missing");
        assertThat(missing.getStatus().getCode()).as("what an instance says").isEqualTo(Status.Code.NOT_FOUND);
        assertThat(missing.getStatus().getDescription()).isEqualTo("no such item");
        assertThat(reason(missing)).isNull();

        Await.until(
                "counted",
                () -> router.metrics()
                        .contains(
                                "tricolor_nginx_requests_total{group=\"shop\",service=\"web\",cluster=\"A\",status=\"4xx\"} 1"));
        assertThat(router.metrics())
                .contains(
                        "tricolor_nginx_requests_total{group=\"shop\",service=\"web\",cluster=\"A\",status=\"2xx\"} 21")
                .contains(
                        "tricolor_nginx_requests_total{group=\"shop\",service=\"web\",cluster=\"B\",status=\"2xx\"} 21");
        Path log = directory.resolve("state/access.log");
        Await.until("logged", () -> lines(log).size() == 43);
        JsonNode last = Json.LENIENT.readTree(lines(log).getLast());
        assertThat(last.path("url").path("path").asString()).isEqualTo("/shop.Items/Get");
        assertThat(last.path("http").path("response").path("status_code").asInt())
                .isEqualTo(404);
        assertThat(last.path("http").path("request").path("method").asString()).isEqualTo("POST");
        assertThat(reported().inFlight()).isEmpty();
        assertThat(a.connections.get() + b.connections.get())
                .as("connections to instances are kept")
                .isLessThan(12);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void balances_by_call_and_not_by_connection() throws Exception {
        GrpcInstance second = keep(new GrpcInstance("A", "a-2"));
        GrpcInstance third = keep(new GrpcInstance("A", "a-3"));
        consul.register("shop-web", a.as("shop", "web"), second.as("shop", "web"), third.as("shop", "web"));
        routing(Tables.only(1, "A", "B"));
        Channel channel = channel();
        // Held open together: the less busy of two takes each.
        List<Chat> chats =
                IntStream.range(0, 60).mapToObj(i -> new Chat(channel)).toList();
        for (Chat chat : chats) {
            assertThat(chat.ask("hello")).isEqualTo("A hello");
        }
        assertThat(List.of(a.calls.get(), second.calls.get(), third.calls.get()))
                .allSatisfy(calls -> assertThat(calls).isBetween(10, 30));
        Await.until("all are counted", () -> reported().inFlight().equals(Map.of("A", 60)));
        chats.forEach(Chat::end);
        for (Chat chat : chats) {
            assertThat(chat.heard.poll(10, TimeUnit.SECONDS)).isEqualTo("completed");
        }
        Await.until("none is in flight", () -> reported().inFlight().isEmpty());
    }

    @Test
    void streams_stay_with_their_cluster_across_swaps_and_no_call_fails() throws Exception {
        routing(Tables.only(1, "A", "B"));
        Channel channel = channel();
        List<Chat> old = IntStream.range(0, 8).mapToObj(i -> new Chat(channel)).toList();
        for (Chat chat : old) {
            assertThat(chat.ask("one")).isEqualTo("A one");
        }
        AtomicInteger calls = new AtomicInteger();
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean running = new AtomicBoolean(true);
        Thread users = Thread.startVirtualThread(() -> {
            while (running.get()) {
                try {
                    get(channel, "x");
                    calls.incrementAndGet();
                } catch (StatusRuntimeException e) {
                    failures.add(e.toString());
                }
            }
        });
        for (long version = 2; version <= 7; version++) {
            long now = version;
            String green = version % 2 == 0 ? "B" : "A";
            strategy.publish(Tables.only(version, green, green.equals("A") ? "B" : "A"));
            Await.until("applied", () -> reports(now));
            int before = calls.get();
            Await.until("calls go on", () -> calls.get() > before + 5);
            assertThat(get(channel, "x")).startsWith(green);
            for (Chat chat : old) {
                assertThat(chat.ask("still")).isEqualTo("A still");
            }
        }
        running.set(false);
        users.join();
        assertThat(failures).isEmpty();
        strategy.publish(Tables.only(8, "B", "A"));
        Await.until("streams hold A", () -> reports(8) && reported().inFlight().equals(Map.of("A", 8)));
        old.forEach(Chat::end);
        for (Chat chat : old) {
            assertThat(chat.heard.poll(10, TimeUnit.SECONDS)).isEqualTo("completed");
        }
        Await.until("A is drained", () -> reported().inFlight().isEmpty());
    }

    @Test
    void says_its_own_failures_as_a_grpc_status_and_tries_again_only_within_the_cluster() throws Exception {
        GrpcInstance second = keep(new GrpcInstance("A", "a-2"));
        consul.register("shop-web", a.as("shop", "web"), second.as("shop", "web"), b.as("shop", "web"));
        TestRouter router = routing(
                new RouteTable(
                        "shop",
                        1,
                        1,
                        Affinity.ID,
                        IdentitySource.standard(),
                        List.of(new Entry(null, "/shop.Items", "web")),
                        new TreeMap<>(Map.of("A", RouteStrategy.green(), "B", RouteStrategy.red()))),
                "--tricolor.nginx.grpc-silence=1s");
        Channel channel = channel();
        a.close();
        for (int i = 0; i < 20; i++) {
            assertThat(get(channel, "x")).isEqualTo("A a-2 1");
        }
        Await.until(
                "retries are counted",
                () -> router.metrics()
                        .contains("tricolor_nginx_retries_total{group=\"shop\",service=\"web\",cluster=\"A\"}"));
        second.close();
        StatusRuntimeException unavailable = failure(channel, "x");
        assertThat(unavailable.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(unavailable.getStatus().getDescription())
                .isEqualTo("UPSTREAM_UNAVAILABLE: cluster A of group shop did not answer");
        assertThat(reason(unavailable)).isEqualTo("UPSTREAM_UNAVAILABLE");
        assertThat(b.calls).as("never another cluster").hasValue(0);

        // Takes the call and hangs up.
        try (ServerSocket broken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            AtomicInteger taken = new AtomicInteger();
            Thread.startVirtualThread(() -> {
                while (!broken.isClosed()) {
                    try (Socket socket = broken.accept()) {
                        taken.incrementAndGet();
                        socket.getInputStream().read(new byte[1000]);
                        OutputStream out = socket.getOutputStream();
                        out.flush();
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-broken", broken.getLocalPort()));
            Await.until("it is known", () -> router.instances("shop", "web").equals(Map.of("A", 1)));
            Await.until("it was reset", () -> "UPSTREAM_RESET".equals(reason(failure(channel, "x"))));
            int before = taken.get();
            StatusRuntimeException reset = failure(channel, "x");
            assertThat(reset.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(taken).as("sent once").hasValue(before + 1);
        }
        // Takes the call and says nothing.
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-mute", mute.getLocalPort()));
            Await.until("it took too long", () -> "UPSTREAM_TIMEOUT".equals(reason(failure(channel, "x"))));
            assertThat(failure(channel, "x").getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        consul.register("shop-web", b.as("shop", "web"));
        Await.until("nobody is left", () -> "NO_HEALTHY_CLUSTER".equals(reason(failure(channel, "x"))));
        assertThat(failure(channel, "x").getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        strategy.delete("shop");
        Await.until("no entry", () -> "ENTRY_NOT_FOUND".equals(reason(failure(channel, "x"))));
        assertThat(failure(channel, "x").getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(router.log()).doesNotContain("lua entry thread aborted", "attempt to");
    }

    @Test
    void a_call_that_is_broken_off_on_either_side_is_no_longer_in_flight() throws Exception {
        TestRouter router = routing(Tables.only(1, "A", "B"));
        ManagedChannel channel = channel();
        Chat given = new Chat(channel);
        assertThat(given.ask("one")).isEqualTo("A one");
        Await.until("it counts", () -> reported().inFlight().equals(Map.of("A", 1)));
        channel.shutdownNow();
        Await.until("it is over", () -> reported().inFlight().isEmpty());

        Chat cut = new Chat(channel());
        assertThat(cut.ask("one")).isEqualTo("A one");
        a.close();
        assertThat(cut.heard.poll(10, TimeUnit.SECONDS)).startsWith("failed: ");
        Await.until("that is over, too", () -> reported().inFlight().isEmpty());
        Await.until(
                "both are counted",
                () -> router.metrics()
                        .contains(
                                "tricolor_nginx_requests_total{group=\"shop\",service=\"web\",cluster=\"A\",status=\"aborted\"}"));
        assertThat(b.calls).hasValue(0);
    }
}
