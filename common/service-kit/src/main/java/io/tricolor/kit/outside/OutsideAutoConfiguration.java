package io.tricolor.kit.outside;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import tools.jackson.core.json.JsonFactory;

/** One rule for bodies, paths and queries of every service. */
@AutoConfiguration(beforeName = "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration")
class OutsideAutoConfiguration {

    /** Replaces Spring Boot's, and so reads the bodies of all requests. */
    @Bean
    JsonFactory outsideJson() {
        return new OutsideJson();
    }

    @Bean
    JsonMapperBuilderCustomizer strictBodies() {
        return OutsideJson::configure;
    }

    @Bean
    SoundRequestFilter soundRequestFilter() {
        return new SoundRequestFilter();
    }
}
