package io.tricolor.console;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The front door for people. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Console {

    /** Starts the service; see docs/console-door.md for its properties. */
    public static void main(String[] args) {
        SpringApplication.run(Console.class, args);
    }
}
