package io.tricolor.kit.command;

import org.axonframework.commandhandling.gateway.CommandGateway;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;

/** Sending commands, for a service with a command bus. */
@AutoConfiguration(afterName = "org.axonframework.springboot.autoconfig.AxonAutoConfiguration")
class CommandAutoConfiguration {

    @Bean
    @ConditionalOnBean(CommandGateway.class)
    Commands commands(CommandGateway gateway) {
        return new Commands(gateway);
    }

    @Bean
    WebFluxConfigurer commandContextArguments() {
        return new WebFluxConfigurer() {
            @Override
            public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
                configurer.addCustomResolver(new CommandContextArgument());
            }
        };
    }
}
