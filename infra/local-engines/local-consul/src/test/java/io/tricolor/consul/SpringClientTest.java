package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.consul.ConsulClient;
import org.springframework.context.ConfigurableApplicationContext;

/** Applications on spring-cloud-consul work with it unmodified. */
@Tag("slow")
@Timeout(120)
class SpringClientTest {
    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}

    @TempDir
    private Path dir;

    @Test
    void registers_sends_heartbeats_reads_and_writes_and_leaves() throws Exception {
        try (LocalConsul consul = LocalConsul.start(Settings.of(0, dir))) {
            Api api = new Api(consul.uri());
            SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class)
                    .web(WebApplicationType.REACTIVE)
                    .properties(
                            "server.port=0",
                            "server.address=127.0.0.1",
                            "spring.application.name=client",
                            "spring.config.import=",
                            "spring.cloud.consul.host=127.0.0.1",
                            "spring.cloud.consul.port=" + consul.uri().getPort(),
                            "spring.cloud.consul.config.enabled=false",
                            "spring.cloud.consul.discovery.ip-address=127.0.0.1",
                            "spring.cloud.consul.discovery.prefer-ip-address=true",
                            "spring.cloud.consul.discovery.instance-id=client-1",
                            "spring.cloud.consul.discovery.register-health-check=true",
                            "spring.cloud.consul.discovery.heartbeat.enabled=true",
                            "spring.cloud.consul.discovery.heartbeat.ttl=10s",
                            "spring.cloud.consul.discovery.metadata.tricolor-group=shop");
            try (ConfigurableApplicationContext context = application.run()) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> api.get("/v1/health/service/client?passing")
                                        .json()
                                        .size()
                                == 1);
                DiscoveryClient discovery = context.getBean(DiscoveryClient.class);
                assertThat(discovery.getServices()).contains("client");
                assertThat(discovery.getInstances("client")).singleElement().satisfies(instance -> {
                    assertThat(instance.getHost()).isEqualTo("127.0.0.1");
                    assertThat(instance.getMetadata()).containsEntry("tricolor-group", "shop");
                });

                ConsulClient client = context.getBean(ConsulClient.class);
                assertThat(client.getStatusLeader().getBody()).contains(":");
                assertThat(client.getStatusPeers().getBody()).hasSize(1);
                assertThat(client.getCatalogNodes().getBody()).hasSize(1);
                assertThat(client.getAgentServices().getBody()).containsKey("client-1");
                assertThat(client.getHealthServices("client").getBody()).hasSize(1);
                assertThat(client.getCatalogService("client").getBody()).hasSize(1);
                assertThat(client.getHealthChecksForService("client").getBody()).hasSize(1);
                api.put("/v1/kv/config/client/a", "1");
                long index = api.get("/v1/kv/config/client/?recurse").index();
                assertThat(client.getKVValues("config/client/", "").getBody())
                        .singleElement()
                        .satisfies(value -> assertThat(value.getKey()).isEqualTo("config/client/a"));
                assertThat(client.getKVValues("config/client/", "", 1L, -1L).getBody())
                        .hasSize(1);
                assertThat(client.getKVValues("config/client/", "", 1L, index)
                                .getHeaders()
                                .getFirst("X-Consul-Index"))
                        .isEqualTo(Long.toString(index));
                client.agentServiceSetMaintenance("client-1", true, "testing", "");
                assertThat(api.get("/v1/health/service/client?passing").json().size())
                        .isZero();
                client.agentServiceSetMaintenance("client-1", false, "", "");
                assertThat(client.setKVValue("written", "value").getBody()).isTrue();
                client.deleteKVValues("written");
                assertThat(api.get("/v1/kv/written").status()).isEqualTo(404);
            }
            assertThat(api.get("/v1/agent/services").body()).isEqualTo("{}");
        }
    }
}
