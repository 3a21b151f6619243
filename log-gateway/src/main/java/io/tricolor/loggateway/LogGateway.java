package io.tricolor.loggateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service that keeps request logs and the audit trail, and finds them again. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class LogGateway {

    /** Starts the service; see docs/log-gateway.md for its properties. */
    public static void main(String[] args) {
        SpringApplication.run(LogGateway.class, args);
    }
}
