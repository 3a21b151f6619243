package io.tricolor.deploy;

import io.tricolor.kit.testing.StrangeRequests;
import io.tricolor.kit.testing.StrangeRequests.Good;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The local engines by themselves: what strange requests leave in them concerns nobody else. */
class EnginesIT {

    @TempDir
    private Path dir;

    @Test
    void local_marathon_answers_whatever_is_asked() throws Exception {
        String json = "application/json";
        String app = """
                {"id":"/strange/web","cmd":"true","cpus":0.1,"mem":16,"instances":0,"env":{"A":"b"},"labels":{"x":"y"},
                 "portDefinitions":[{"port":0,"name":"http"}],
                 "healthChecks":[{"protocol":"HTTP","path":"/","gracePeriodSeconds":1,"intervalSeconds":1,"timeoutSeconds":1}],
                 "upgradeStrategy":{"minimumHealthCapacity":0.5,"maximumOverCapacity":0.5},"fetch":[{"uri":"file:/x"}]}""";
        try (TestMarathon marathon = TestMarathon.start(dir)) {
            new StrangeRequests(marathon.url())
                    .mayHaveNot()
                    .send(
                            List.of(
                                    new Good("GET", "/v2/apps?label=a==b&embed=apps.tasks", null, null, null),
                                    new Good("POST", "/v2/apps?force=true", null, json, app),
                                    new Good("PUT", "/v2/apps/strange/web?force=true", null, json, app),
                                    new Good(
                                            "PATCH",
                                            "/v2/apps/strange/web",
                                            null,
                                            json,
                                            "{\"instances\":0,\"labels\":{}}"),
                                    new Good(
                                            "GET",
                                            "/v2/apps/strange/web/versions/2026-01-01T00:00:00.000Z",
                                            null,
                                            null,
                                            null),
                                    new Good("DELETE", "/v2/apps/strange/web/tasks/a?scale=true", null, null, null),
                                    new Good(
                                            "POST",
                                            "/v2/tasks/delete?scale=true",
                                            null,
                                            json,
                                            "{\"ids\":[\"a\",\"b\"]}"),
                                    new Good("DELETE", "/v2/deployments/abc?force=true", null, null, null),
                                    new Good("DELETE", "/v2/apps/strange/web?force=true", null, null, null)),
                            300);
        }
    }

    @Test
    void local_consul_answers_whatever_is_asked() throws Exception {
        String json = "application/json";
        String service = """
                {"ID":"s1","Name":"strange","Tags":["a"],"Address":"127.0.0.1","Port":80,"Meta":{"a":"b"},
                 "Check":{"TTL":"10s","DeregisterCriticalServiceAfter":"1m"},"EnableTagOverride":false}""";
        try (TestConsul consul = TestConsul.start(dir)) {
            new StrangeRequests(consul.url())
                    .mayHaveNot()
                    .send(
                            List.of(
                                    new Good("PUT", "/v1/agent/service/register", null, json, service),
                                    new Good(
                                            "PUT",
                                            "/v1/agent/check/register",
                                            null,
                                            json,
                                            "{\"ID\":\"c1\",\"Name\":\"x\",\"TTL\":\"10s\"}"),
                                    new Good(
                                            "PUT",
                                            "/v1/agent/check/update/c1",
                                            null,
                                            json,
                                            "{\"Status\":\"passing\",\"Output\":\"x\"}"),
                                    new Good(
                                            "GET",
                                            "/v1/health/service/strange?passing=true&tag=a&filter=Port%20!=%2080",
                                            null,
                                            null,
                                            null),
                                    new Good("GET", "/v1/catalog/services?node-meta=a:b&wait=1ms", null, null, null),
                                    new Good("PUT", "/v1/kv/strange/b?cas=1&flags=2", null, json, "{\"x\":1}"),
                                    new Good(
                                            "GET",
                                            "/v1/kv/strange?recurse=true&raw=true&keys=true&separator=/",
                                            null,
                                            null,
                                            null),
                                    new Good(
                                            "PUT",
                                            "/v1/session/create",
                                            null,
                                            json,
                                            "{\"TTL\":\"10s\",\"LockDelay\":\"1s\"}"),
                                    new Good(
                                            "PUT",
                                            "/v1/txn",
                                            null,
                                            json,
                                            "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"strange/a\",\"Value\":\"YQ==\"}}]")),
                            300);
        }
    }
}
