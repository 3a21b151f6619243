package io.tricolor.gateway;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.router.sources.Addresses;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.sources.PemTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.cloud.gateway.config.GlobalCorsProperties;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.cloud.gateway.config.HttpClientProperties;
import org.springframework.cloud.gateway.filter.headers.HttpHeadersFilter;
import org.springframework.cloud.gateway.handler.FilteringWebHandler;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.cloud.gateway.support.RouteMetadataUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import reactor.netty.NettyPipeline;

@Configuration(proxyBeanMethods = false)
class GatewayConfiguration {

    @Bean
    @ConditionalOnMissingBean
    CollectorRegistry collectorRegistry() {
        return new CollectorRegistry();
    }

    /** Of all routes: an instance of another one can as well say more than it was asked. */
    @Bean
    HttpClientCustomizer tricolorConnectionGuard() {
        return client -> client.doOnChannelInit((observer, channel, address) -> {
            if (channel.pipeline().get(NettyPipeline.HttpCodec) != null) {
                channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, ConnectionGuard.NAME, new ConnectionGuard());
            }
        });
    }

    @Bean
    RoutingState routingState() {
        return new RoutingState();
    }

    @Bean
    GatewayMetrics gatewayMetrics(CollectorRegistry registry, RoutingState state) {
        return new GatewayMetrics(registry, state);
    }

    /** For the router's own calls; nobody else gets it by its type. */
    @Bean(defaultCandidate = false)
    HttpClient tricolorControlClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /** All calls of strategy-service know of each other which of its addresses answer. */
    @Bean(defaultCandidate = false)
    Peer tricolorStrategy(
            @Qualifier("tricolorControlClient") HttpClient client,
            GatewaySettings.Strategy strategy,
            GatewaySettings.Security security,
            GatewayMetrics metrics) {
        Addresses addresses = new Addresses(strategy.url(), metrics::addressFailed);
        metrics.strategyIsAt(addresses::current);
        return new Peer(client, addresses, security.tokenFile());
    }

    /** The registry, with what it wants to see of whoever asks. */
    @Bean(defaultCandidate = false)
    Peer tricolorConsul(@Qualifier("tricolorControlClient") HttpClient client, GatewaySettings.Consul consul)
            throws IOException {
        boolean isPlain = consul.ca() == null && consul.certificate() == null;
        HttpClient own = isPlain
                ? client
                : HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(2))
                        .executor(Executors.newVirtualThreadPerTaskExecutor())
                        .sslContext(PemTls.context(consul.ca(), consul.certificate(), consul.key()))
                        .build();
        return new Peer(own, consul.url(), consul.tokenFile());
    }

    @Bean
    UserTokens userTokens(
            GatewaySettings.Jwt jwt, @Qualifier("tricolorControlClient") HttpClient client, GatewayMetrics metrics) {
        return UserTokens.verifiedAs(jwt, client, metrics);
    }

    @Bean
    IdListFiles idListFiles(@Qualifier("tricolorStrategy") Peer strategy, GatewaySettings settings) {
        return new IdListFiles(settings.stateDir().resolve("id-lists"), strategy, Duration.ofSeconds(10));
    }

    @Bean
    TableStore tableStore(
            RoutingState state,
            IdListFiles idLists,
            GatewaySettings settings,
            UserTokens tokens,
            GatewayMetrics metrics)
            throws IOException {
        TableStore store = new TableStore(
                state, new StateFiles(settings.stateDir().resolve("tables")), idLists, tokens.areVerified(), metrics);
        store.load();
        return store;
    }

    @Bean
    EndpointSource endpointSource(
            RoutingState state,
            @Qualifier("tricolorConsul") Peer consul,
            GatewaySettings settings,
            GatewayMetrics metrics)
            throws IOException {
        EndpointSource source = new EndpointSource(
                state, new StateFiles(settings.stateDir().resolve("endpoints")), consul, settings, metrics);
        source.load();
        return source;
    }

    @Bean
    TableSource tableSource(
            TableStore store,
            EndpointSource endpoints,
            @Qualifier("tricolorStrategy") Peer strategy,
            @Qualifier("tricolorConsul") Peer consul,
            RouterIdentity identity,
            GatewaySettings settings,
            GatewayMetrics metrics) {
        return new TableSource(store, strategy, consul, settings, identity.id(), metrics, endpoints::lookUpNewServices);
    }

    @Bean
    RouterReporter routerReporter(
            RoutingState state,
            TableStore store,
            @Qualifier("tricolorStrategy") Peer strategy,
            RouterIdentity identity,
            GatewaySettings settings,
            GatewayMetrics metrics,
            @Value("${management.server.port:-1}") int managementPort,
            @Value("${server.address:127.0.0.1}") String address) {
        return new RouterReporter(
                state,
                store,
                strategy,
                settings,
                identity.id(),
                managementPort > 0 ? address + ":" + managementPort : null,
                metrics);
    }

    /** Under which name strategy-service knows this router. */
    record RouterIdentity(String id) {}

    @Bean
    RouterIdentity routerIdentity(GatewaySettings settings, @Value("${server.port:8080}") int port) {
        String configured = settings.routerId();
        return new RouterIdentity(configured == null ? "gateway-" + hostName() + "-" + port : configured);
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
    RoutingFilter tricolorRoutingFilter(
            RoutingState state, Entropy entropy, UserTokens tokens, GatewaySettings settings, GatewayMetrics metrics) {
        return new RoutingFilter(state, entropy, tokens, settings.trustLanes(), metrics);
    }

    @Bean
    ForwardFilter tricolorForwardFilter(GatewaySettings settings, GatewayMetrics metrics) {
        return new ForwardFilter(settings, metrics);
    }

    @Bean
    TricolorHeaders.OfRequests tricolorRequestHeaders(GatewaySettings settings) {
        return new TricolorHeaders.OfRequests(settings.trustLanes());
    }

    @Bean
    TricolorHeaders.OfResponses tricolorResponseHeaders() {
        return new TricolorHeaders.OfResponses();
    }

    @Bean
    ProxyFilter tricolorProxyFilter(
            reactor.netty.http.client.HttpClient client,
            ObjectProvider<List<HttpHeadersFilter>> headersFilters,
            HttpClientProperties properties) {
        return new ProxyFilter(client, headersFilters, properties);
    }

    /** Of the whole server: a request that one route must not pass on is not for another one either. */
    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> tricolorRequestGate() {
        return factory ->
                factory.addServerCustomizers(server -> server.doOnChannelInit((observer, channel, address) -> {
                    if (channel.pipeline().get(NettyPipeline.HttpTrafficHandler) != null) {
                        channel.pipeline()
                                .addBefore(NettyPipeline.HttpTrafficHandler, RequestGate.NAME, new RequestGate());
                    }
                }));
    }

    @Bean
    Preflights tricolorPreflights(RouteLocator routes, FilteringWebHandler handler, GlobalCorsProperties cors) {
        return new Preflights(routes, handler, !cors.getCorsConfigurations().isEmpty());
    }

    /**
     * One route for all that a table has an entry for; where to is decided by {@link RoutingFilter}, the host in the
     * URI is never used.
     */
    @Bean
    RouteLocator tricolorRoutes(
            RouteLocatorBuilder builder,
            RoutingState state,
            GatewaySettings settings,
            RoutingFilter routing,
            ForwardFilter forwarding,
            ProxyFilter proxy) {
        Predicate<ServerWebExchange> isOurs = settings.fallThrough()
                ? exchange -> {
                    RoutingState.Snapshot seen = state.snapshot();
                    exchange.getAttributes().put(RoutingFilter.SEEN, seen);
                    return seen.hasEntry(
                            exchange.getRequest().getHeaders().getFirst(HttpHeaders.HOST),
                            RoutingFilter.path(exchange.getRequest()));
                }
                : exchange -> true;
        return builder.routes()
                .route(
                        Preflights.ROUTE,
                        route -> route.order(settings.routeOrder())
                                .predicate(isOurs)
                                .filters(filters -> filters.filters(routing, forwarding, proxy))
                                .metadata(
                                        RouteMetadataUtils.CONNECT_TIMEOUT_ATTR,
                                        Math.toIntExact(
                                                settings.connectTimeout().toMillis()))
                                .metadata(
                                        RouteMetadataUtils.RESPONSE_TIMEOUT_ATTR,
                                        settings.responseTimeout().toMillis())
                                .uri("http://cluster.invalid"))
                .build();
    }
}
