package io.tricolor.monitor;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service that watches: machine metrics, health as events, drain verification, targets for Prometheus. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class MonitorService {

    /** Starts the service; see docs/monitor-service.md for its properties. */
    public static void main(String[] args) {
        SpringApplication.run(MonitorService.class, args);
    }
}
