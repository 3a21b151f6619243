package io.tricolor.gateway;

import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;

@Configuration(proxyBeanMethods = false)
class GatewayConfiguration {

    @Bean
    CollectorRegistry collectorRegistry() {
        return new CollectorRegistry();
    }

    @Bean
    RoutingState routingState() {
        return new RoutingState();
    }

    @Bean
    GatewayMetrics gatewayMetrics(CollectorRegistry registry, RoutingState state) {
        return new GatewayMetrics(registry, state);
    }

    @Bean
    HttpClient controlClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    @Bean
    IdListFiles idListFiles(
            HttpClient client,
            GatewaySettings settings,
            GatewaySettings.Strategy strategy,
            GatewaySettings.Security security) {
        return new IdListFiles(
                settings.stateDir().resolve("id-lists"),
                new Peer(client, strategy.url(), security.tokenFile()),
                Duration.ofSeconds(10));
    }

    @Bean
    TableStore tableStore(RoutingState state, IdListFiles idLists, GatewaySettings settings, GatewayMetrics metrics)
            throws IOException {
        TableStore store =
                new TableStore(state, new StateFiles(settings.stateDir().resolve("tables")), idLists, metrics);
        store.load();
        return store;
    }

    @Bean
    EndpointSource endpointSource(
            RoutingState state,
            HttpClient client,
            GatewaySettings settings,
            GatewaySettings.Consul consul,
            GatewayMetrics metrics)
            throws IOException {
        EndpointSource source = new EndpointSource(
                state,
                new StateFiles(settings.stateDir().resolve("endpoints")),
                new Peer(client, consul.url(), null),
                settings,
                metrics);
        source.load();
        return source;
    }

    @Bean
    TableSource tableSource(
            TableStore store,
            RoutingState state,
            EndpointSource endpoints,
            HttpClient client,
            GatewaySettings settings,
            GatewaySettings.Strategy strategy,
            GatewaySettings.Consul consul,
            GatewaySettings.Security security,
            GatewayMetrics metrics) {
        return new TableSource(
                store,
                state,
                new Peer(client, strategy.url(), security.tokenFile()),
                new Peer(client, consul.url(), null),
                settings,
                metrics,
                endpoints::lookUpNewServices);
    }

    @Bean
    RouterReporter routerReporter(
            RoutingState state,
            TableStore store,
            HttpClient client,
            GatewaySettings settings,
            GatewaySettings.Strategy strategy,
            GatewaySettings.Security security,
            @Value("${server.port}") int port,
            @Value("${management.server.port:-1}") int managementPort,
            @Value("${server.address:127.0.0.1}") String address) {
        return new RouterReporter(
                state,
                store,
                new Peer(client, strategy.url(), security.tokenFile()),
                settings,
                settings.routerId() == null ? "gateway-" + hostName() + "-" + port : settings.routerId(),
                managementPort > 0 ? address + ":" + managementPort : null);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @Bean
    @ConditionalOnMissingBean
    Entropy tricolorEntropy() {
        return () -> ThreadLocalRandom.current().nextLong();
    }

    @Bean
    RoutingFilter tricolorRoutingFilter(RoutingState state, Entropy entropy, GatewayMetrics metrics) {
        return new RoutingFilter(state, entropy, metrics);
    }

    @Bean
    ForwardFilter tricolorForwardFilter(GatewaySettings settings, GatewayMetrics metrics) {
        return new ForwardFilter(settings, metrics);
    }

    @Bean
    TricolorHeaders.OfRequests tricolorRequestHeaders() {
        return new TricolorHeaders.OfRequests();
    }

    @Bean
    TricolorHeaders.OfResponses tricolorResponseHeaders() {
        return new TricolorHeaders.OfResponses();
    }

    @Bean
    @Primary
    WebSocketService tricolorWebSocketService(RequestUpgradeStrategy upgrades) {
        return new CountedWebSockets(new HandshakeWebSocketService(upgrades));
    }

    /** Everything takes one route; where to is decided by {@link RoutingFilter}, the host in the URI is never used. */
    @Bean
    RouteLocator tricolorRoutes(RouteLocatorBuilder builder) {
        return builder.routes()
                .route("tricolor", route -> route.alwaysTrue().uri("http://cluster.invalid"))
                .build();
    }
}
