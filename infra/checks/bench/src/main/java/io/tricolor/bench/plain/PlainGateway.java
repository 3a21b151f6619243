package io.tricolor.bench.plain;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** What Tricolor's gateway is measured against. Its one route is in {@code plain-gateway.yaml}. */
@SpringBootApplication(proxyBeanMethods = false)
public class PlainGateway {

    public static void main(String[] args) {
        System.setProperty("spring.config.name", "plain-gateway");
        SpringApplication.run(PlainGateway.class, args);
    }
}
