package io.tricolor.loggateway;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Lines as a service writes them. */
public final class TestLines {

    private static final JsonMapper JSON = new JsonMapper();

    private TestLines() {}

    /** A line with every member that is known. */
    public static ObjectNode full() {
        return (ObjectNode) JSON.readTree("""
            {"@timestamp":"2026-11-23T00:41:07.512Z","ecs":{"version":"8.17.0"},"log":{"level":"INFO","logger":"tricolor.request"},
             "message":"order.create success 37ms",
             "event":{"id":"0193570a-2f18-7c41-9d5e-0a1b2c3d4e5f","kind":"event","dataset":"tricolor.request","category":["web"],
               "type":["access"],"action":"order.create","outcome":"success","start":"2026-11-23T00:41:07.475Z",
               "end":"2026-11-23T01:41:07.512+01:00","duration":37120441,"sequence":918273},
             "service":{"name":"order-service","version":"2.4.1","environment":"prod",
               "ephemeral_id":"01935700-0000-7000-8000-000000000001","node":{"name":"order-B-3"}},
             "organization":{"id":"42"},"tenant":{"id":"t-7"},"user":{"id":"u-1001"},"client":{"ip":"192.0.2.20"},
             "http":{"version":"1.1","request":{"method":"POST","id":"r-1","body":{"bytes":12}},"response":{"status_code":201,"body":{"bytes":3}}},
             "url":{"path":"/orders","template":"/orders"},"trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"00f067aa0ba902b7"},
             "tricolor":{"cluster":{"name":"B","status":"Y","strategy_revision":17,"route_reason":"whitelist_interval"},
               "params":{"sku":"A-99","qty":"2"},
               "steps":[{"name":"auth","start_offset":0,"duration":1810000,"outcome":"success"},
                        {"name":"db.insert","start_offset":2100000,"duration":30110000,"outcome":"success","calls":2}],
               "redacted":["pin"],"sample_rate":1}}
            """);
    }

    /** A line of {@code service} that is done now. */
    public static ObjectNode line(String id, String service) {
        ObjectNode line = full();
        String now = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        line.put("@timestamp", now);
        ((ObjectNode) line.get("event")).put("id", id).put("start", now).remove("end");
        ((ObjectNode) line.get("service")).put("name", service);
        return line;
    }
}
