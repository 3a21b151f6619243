package io.tricolor.console.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpMethod;

class ServiceTest {

    @ParameterizedTest
    @CsvSource({
        "GET, /api/groups, STRATEGY",
        "GET, /api/groups/shop/clusters/A, STRATEGY",
        "PUT, /api/groups/shop/clusters/A/instances, STRATEGY",
        "GET, /api/groups/shop/clusters/A/instances, DEPLOY",
        "GET, /api/groups/shop/clusters/A/instances/i-1/log, DEPLOY",
        "POST, /api/artifacts/resolve, DEPLOY",
        "GET, /api/deployments/shop/A, DEPLOY",
        "GET, /api/releases, DEPLOY",
        "POST, /api/manifests/diff, DEPLOY",
        "GET, /api/config, CONFIG",
        "GET, /api/health/x, MONITOR",
        "GET, /api/traffic, MONITOR",
        "GET, /api/audit/completeness, LOG_GATEWAY",
        "GET, /api/stream, STRATEGY",
        "GET, /api/, STRATEGY",
        "GET, /api, STRATEGY"
    })
    void knows_who_answers(String method, String path, Service service) {
        assertThat(Service.of(HttpMethod.valueOf(method), path)).isEqualTo(service);
    }
}
