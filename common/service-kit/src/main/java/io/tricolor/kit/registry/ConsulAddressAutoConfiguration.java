package io.tricolor.kit.registry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** The address of Consul for services that ask it themselves. */
@AutoConfiguration
@EnableConfigurationProperties(ConsulProperties.class)
class ConsulAddressAutoConfiguration {}
