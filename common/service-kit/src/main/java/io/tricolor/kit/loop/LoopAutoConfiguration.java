package io.tricolor.kit.loop;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The watch over everything that works all the time; in the health it is called {@code progress}. */
@AutoConfiguration
@EnableConfigurationProperties(ProgressProperties.class)
class LoopAutoConfiguration {

    @Bean
    ProgressWatch progress(ProgressProperties properties) {
        return new ProgressWatch(properties.limit());
    }
}
