package io.tricolor.lane;

import jakarta.servlet.Filter;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.WebFilter;

/**
 * Incoming requests are read and outgoing ones completed without a line of code: every {@code WebClient},
 * {@code RestClient} and {@code RestTemplate} that is a bean, or is made by a builder that is one.
 */
@AutoConfiguration
@ConditionalOnProperty(name = "tricolor.lanes.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LanePropagationAutoConfiguration.Settings.class)
class LanePropagationAutoConfiguration {

    /**
     * What is carried where.
     *
     * @param headers besides the lane
     * @param hosts that get them; empty: every host
     */
    @ConfigurationProperties("tricolor.lanes")
    record Settings(
            @DefaultValue("X-User-Id") List<String> headers,
            @DefaultValue List<String> hosts) {}

    @Bean
    @ConditionalOnMissingBean
    Propagation lanePropagation(Settings settings) {
        return new Propagation(settings.headers(), settings.hosts());
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebFilter.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    static class Incoming {

        @Bean
        LaneWebFilter laneWebFilter(Propagation propagation) {
            return new LaneWebFilter(propagation);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Filter.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class IncomingToServlets {

        @Bean
        LaneServletFilter laneServletFilter(Propagation propagation) {
            return new LaneServletFilter(propagation);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebClient.class)
    static class ByWebClient {

        @Bean
        static BeanPostProcessor lanesOfWebClients(ObjectProvider<Propagation> propagation) {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    if (bean instanceof WebClient.Builder builder) {
                        return builder.filter(new LaneExchangeFilter(propagation.getObject()));
                    }
                    return bean instanceof WebClient client
                            ? client.mutate()
                                    .filter(new LaneExchangeFilter(propagation.getObject()))
                                    .build()
                            : bean;
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RestClient.class)
    static class ByRestClient {

        @Bean
        static BeanPostProcessor lanesOfRestClients(ObjectProvider<Propagation> propagation) {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    if (bean instanceof RestClient.Builder builder) {
                        return builder.requestInterceptor(new LaneRequestInterceptor(propagation.getObject()));
                    }
                    if (bean instanceof RestClient client) {
                        return client.mutate()
                                .requestInterceptor(new LaneRequestInterceptor(propagation.getObject()))
                                .build();
                    }
                    if (bean instanceof RestTemplate template) {
                        template.getInterceptors().add(new LaneRequestInterceptor(propagation.getObject()));
                    }
                    return bean;
                }
            };
        }
    }
}
