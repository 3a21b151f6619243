package io.tricolor.strategy;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service that decides: cluster groups, strategies, upgrades, rollback points, history and route tables. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class StrategyService {

    /** Starts the service; see docs/strategy-service.md for its properties. */
    public static void main(String[] args) {
        SpringApplication.run(StrategyService.class, args);
    }
}
