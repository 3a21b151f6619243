package io.tricolor.gateway;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A started gateway on free ports. */
final class GatewayProcess implements AutoCloseable {

    final AtomicLong entropy = new AtomicLong();
    private final ConfigurableApplicationContext context;

    GatewayProcess(String strategyUrl, String consulUrl, Path stateDir, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--tricolor.gateway.router-id=r1",
                "--tricolor.gateway.state-dir=" + stateDir,
                "--tricolor.gateway.list-interval=100ms",
                "--tricolor.gateway.long-poll=2s",
                "--tricolor.gateway.report-interval=200ms",
                "--tricolor.strategy.url=" + strategyUrl,
                "--tricolor.consul.url=" + consulUrl));
        arguments.addAll(List.of(more));
        context = new SpringApplicationBuilder(Gateway.class)
                .web(WebApplicationType.REACTIVE)
                .initializers(c -> ((GenericApplicationContext) c).registerBean(Entropy.class, () -> entropy::get))
                .properties(Map.of("spring.main.register-shutdown-hook", "false"))
                .run(arguments.toArray(String[]::new));
    }

    RoutingState state() {
        return context.getBean(RoutingState.class);
    }

    String url() {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
    }

    String managementUrl() {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.management.port");
    }

    @Override
    public void close() {
        context.close();
    }
}
