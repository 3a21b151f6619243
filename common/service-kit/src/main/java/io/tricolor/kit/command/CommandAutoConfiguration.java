package io.tricolor.kit.command;

import io.tricolor.kit.message.ContractsJson;
import org.axonframework.commandhandling.gateway.CommandGateway;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import tools.jackson.databind.DeserializationFeature;

/** Sending commands, for a service with a command bus. */
@AutoConfiguration(afterName = "org.axonframework.springboot.autoconfig.AxonAutoConfiguration")
class CommandAutoConfiguration {

    @Bean
    @ConditionalOnBean(CommandGateway.class)
    Commands commands(CommandGateway gateway) {
        return new Commands(gateway);
    }

    /** Bodies as contracts, but strict: a member that nobody reads is most likely a slip of the pen. */
    @Bean
    JsonMapperBuilderCustomizer strictBodies() {
        return builder -> {
            ContractsJson.configure(builder);
            builder.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        };
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
