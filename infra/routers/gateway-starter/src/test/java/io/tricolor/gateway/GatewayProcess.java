package io.tricolor.gateway;

import io.tricolor.router.testing.StartedRouter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A started gateway on free ports. */
final class GatewayProcess implements StartedRouter {

    final AtomicLong entropy = new AtomicLong();
    private final ConfigurableApplicationContext context;

    /** Nothing but the starter. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    GatewayProcess(String strategyUrl, String consulUrl, Path stateDir, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--spring.reactor.netty.shutdown-quiet-period=0s",
                "--management.endpoints.web.exposure.include=health",
                "--tricolor.gateway.fall-through=false",
                "--management.server.port=0",
                "--tricolor.gateway.router-id=r1",
                "--tricolor.gateway.state-dir=" + stateDir,
                "--tricolor.gateway.list-interval=100ms",
                "--tricolor.gateway.long-poll=2s",
                "--tricolor.gateway.report-interval=200ms",
                "--tricolor.strategy.url=" + strategyUrl,
                "--tricolor.consul.url=" + consulUrl));
        // Two values of one option would be a list.
        arguments.removeIf(one -> Stream.of(more).anyMatch(other -> other.startsWith(one.replaceFirst("=.*", "="))));
        arguments.addAll(List.of(more));
        this(Application.class, arguments);
    }

    /** Another application that the starter is part of; of its settings only {@code arguments}. */
    GatewayProcess(Class<?> application, List<String> arguments) {
        context = new SpringApplicationBuilder(application)
                .web(WebApplicationType.REACTIVE)
                .initializers(c -> ((GenericApplicationContext) c).registerBean(Entropy.class, () -> entropy::get))
                .properties(Map.of("spring.main.register-shutdown-hook", "false"))
                .run(arguments.toArray(String[]::new));
    }

    /** What the router has put into this application; null when it is not part of it. */
    RouteLocator route() {
        return context.containsBean("tricolorRoutes") ? context.getBean("tricolorRoutes", RouteLocator.class) : null;
    }

    RoutingState state() {
        return context.getBean(RoutingState.class);
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
    }

    @Override
    public String managementUrl() {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.management.port");
    }

    @Override
    public void close() {
        context.close();
    }
}
