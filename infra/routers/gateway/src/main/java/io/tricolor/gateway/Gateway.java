package io.tricolor.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** The router as a program of its own. All that it does comes from the starter. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Gateway {

    public static void main(String[] args) {
        SpringApplication.run(Gateway.class, args);
    }
}
