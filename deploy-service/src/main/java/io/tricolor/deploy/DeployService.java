package io.tricolor.deploy;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service that deploys: it brings the orchestrator to the instances that are desired. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class DeployService {

    /** Starts the service; see docs/deploy-service.md for its properties. */
    public static void main(String[] args) {
        SpringApplication.run(DeployService.class, args);
    }
}
