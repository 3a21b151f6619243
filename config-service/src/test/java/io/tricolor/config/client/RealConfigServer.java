package io.tricolor.config.client;

import java.nio.file.Path;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.cloud.config.server.EnableConfigServer;
import org.springframework.cloud.config.server.config.ConfigServerAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Spring Cloud Config Server over a tree of files, to be compared with. */
final class RealConfigServer implements AutoCloseable {

    private final ConfigurableApplicationContext server;

    RealConfigServer(Path tree) {
        server = new SpringApplicationBuilder(Server.class)
                .run(
                        "--spring.main.web-application-type=servlet",
                        "--server.port=0",
                        "--spring.config.name=none",
                        "--spring.profiles.active=native",
                        "--spring.cloud.config.enabled=false",
                        "--spring.cloud.config.server.native.search-locations=file:" + tree + "/",
                        "--spring.cloud.config.server.native.default-label=main");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigServer
    @ImportAutoConfiguration({
        PropertyPlaceholderAutoConfiguration.class,
        JacksonAutoConfiguration.class,
        HttpMessageConvertersAutoConfiguration.class,
        TomcatServletWebServerAutoConfiguration.class,
        DispatcherServletAutoConfiguration.class,
        WebMvcAutoConfiguration.class,
        ConfigServerAutoConfiguration.class
    })
    static class Server {}

    String url() {
        return "http://127.0.0.1:" + server.getEnvironment().getProperty("local.server.port");
    }

    @Override
    public void close() {
        server.close();
    }
}
