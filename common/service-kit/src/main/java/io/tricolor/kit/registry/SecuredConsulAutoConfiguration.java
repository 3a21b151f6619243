package io.tricolor.kit.registry;

import java.net.http.HttpClient;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.consul.ConsulAutoConfiguration;
import org.springframework.cloud.consul.ConsulClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.util.DefaultUriBuilderFactory;

/**
 * The client that registers this service, with the token and the certificates of {@link ConsulProperties}. Where
 * neither is configured Spring's own client does.
 */
@AutoConfiguration(before = ConsulAutoConfiguration.class)
@EnableConfigurationProperties(ConsulProperties.class)
@Conditional(SecuredConsulAutoConfiguration.IsSecured.class)
class SecuredConsulAutoConfiguration {

    @Bean
    ConsulClient securedConsulClient(
            ConsulProperties consul, org.springframework.cloud.consul.ConsulProperties registration) {
        HttpClient.Builder client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(consul.timeout());
        var tls = ConsulCalls.tls(consul);
        if (tls != null) {
            client.sslContext(tls);
        }
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(client.build());
        requests.setReadTimeout(consul.timeout());
        // As Spring's own client: what it calls is encoded already.
        DefaultUriBuilderFactory uris =
                new DefaultUriBuilderFactory(ConsulAutoConfiguration.createConsulClientBaseUrl(registration));
        uris.setEncodingMode(DefaultUriBuilderFactory.EncodingMode.NONE);
        RestClient rest = RestClient.builder()
                .requestFactory(requests)
                .uriBuilderFactory(uris)
                .defaultStatusHandler(status -> status.value() == HttpStatus.NOT_FOUND.value(), (request, answer) -> {})
                .requestInterceptor((request, body, execution) -> {
                    String token = ConsulCalls.token(consul);
                    if (token != null) {
                        request.getHeaders().set(ConsulCalls.TOKEN, token);
                    }
                    return execution.execute(request, body);
                })
                .build();
        return ConsulAutoConfiguration.createNewConsulClient(RestClientAdapter.create(rest));
    }

    static final class IsSecured extends AnyNestedCondition {

        IsSecured() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnProperty("tricolor.consul.token-file")
        static final class HasToken {}

        @ConditionalOnProperty("tricolor.consul.ca")
        static final class HasAuthority {}

        @ConditionalOnProperty("tricolor.consul.certificate")
        static final class HasCertificate {}
    }
}
