package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads registrations of services and checks. */
final class Definitions {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_PORT = 65_535;

    /** A service and the checks it came with. */
    record Registration(ServiceEntry service, List<CheckEntry> checks) {}

    private final Settings settings;

    Definitions(Settings settings) {
        this.settings = settings;
    }

    Registration service(JsonNode body) {
        Fields fields = new Fields("service", body);
        String name = fields.text("Name", "");
        if (name.isEmpty()) {
            throw new HttpFailure(400, "Missing service name");
        }
        String id = fields.text("ID", "");
        Fields weights = fields.object("Weights")
                .map(node -> new Fields("Weights", node))
                .orElse(null);
        ServiceEntry service = new ServiceEntry(
                id.isEmpty() ? name : id,
                name,
                fields.texts("Tags"),
                fields.textMap("Meta"),
                fields.text("Address", ""),
                (int) fields.number("Port", 0, MAX_PORT, 0),
                fields.flag("EnableTagOverride"),
                weights == null ? 1 : (int) weights.number("Passing", 1, MAX_PORT, 1),
                weights == null ? 1 : (int) weights.number("Warning", 0, MAX_PORT, 1),
                0,
                0);
        if (!fields.text("Kind", "").isEmpty()) {
            throw new HttpFailure(400, "service: Kind is not supported by local-consul (no Connect)");
        }
        List<JsonNode> nodes = new ArrayList<>(fields.list("Checks"));
        fields.object("Check").ifPresent(nodes::add);
        fields.refuseOthers();
        List<CheckEntry> checks = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            String checkId = "service:" + service.id() + (nodes.size() == 1 ? "" : ":" + (i + 1));
            checks.add(check(nodes.get(i), checkId, "Service '" + name + "' check", service.id(), name));
        }
        return new Registration(service, List.copyOf(checks));
    }

    /** A check of a service, or of the node when {@code serviceId} is empty. */
    CheckEntry check(JsonNode body, String defaultId, String defaultName, String serviceId, String serviceName) {
        Fields fields = new Fields("check", body);
        String name = fields.text("Name", defaultName);
        if (name.isEmpty()) {
            throw new HttpFailure(400, "Missing check name");
        }
        String id = fields.text("CheckID", fields.text("ID", ""));
        String otherwise = defaultId.isEmpty() ? name : defaultId;
        CheckDefinition definition = definition(fields);
        fields.text("ServiceID", "");
        CheckEntry check = new CheckEntry(
                id.isEmpty() ? otherwise : id,
                name,
                fields.text("Notes", ""),
                serviceId,
                serviceName,
                definition,
                fields.duration("DeregisterCriticalServiceAfter")
                        .filter(after -> !after.isZero())
                        .map(after -> after.compareTo(settings.minDeregisterAfter()) < 0
                                ? settings.minDeregisterAfter()
                                : after)
                        .orElse(Duration.ZERO),
                status(fields.text("Status", "")),
                fields.text("Output", ""),
                0,
                0);
        fields.refuseOthers();
        return check;
    }

    static CheckStatus status(String word) {
        if (word.isEmpty()) {
            return CheckStatus.CRITICAL;
        }
        return CheckStatus.of(word.toLowerCase(Locale.ROOT))
                .orElseThrow(() -> new HttpFailure(400, "Bad check status: " + word));
    }

    private CheckDefinition definition(Fields fields) {
        Optional<Duration> ttl = fields.duration("TTL");
        String http = fields.text("HTTP", "");
        String tcp = fields.text("TCP", "");
        Optional<Duration> interval = fields.duration("Interval");
        Optional<Duration> timeout = fields.duration("Timeout");
        String method = fields.text("Method", "");
        var headers = fields.textsMap("Header");
        String body = fields.text("Body", "");
        boolean skipVerify = fields.flag("TLSSkipVerify");
        int successes = (int) fields.number("SuccessBeforePassing", 0, 1000, 0);
        int failures = (int) fields.number("FailuresBeforeCritical", 0, 1000, 0);
        int kinds = (ttl.isPresent() ? 1 : 0) + (http.isEmpty() ? 0 : 1) + (tcp.isEmpty() ? 0 : 1);
        if (kinds != 1) {
            throw new HttpFailure(
                    400,
                    "Invalid check: exactly one of TTL, HTTP and TCP must be given (others are not supported by local-consul)");
        }
        if (ttl.isPresent()) {
            if (ttl.get().isZero()) {
                throw new HttpFailure(400, "Invalid check: TTL must be above 0");
            }
            return new CheckDefinition.Ttl(ttl.get());
        }
        if (interval.isEmpty() || interval.get().isZero()) {
            throw new HttpFailure(400, "Invalid check: Interval must be > 0 for HTTP and TCP checks");
        }
        CheckDefinition.Schedule schedule = new CheckDefinition.Schedule(
                interval.get().compareTo(settings.minCheckInterval()) < 0
                        ? settings.minCheckInterval()
                        : interval.get(),
                timeout.filter(t -> !t.isZero()).orElse(DEFAULT_TIMEOUT),
                successes,
                failures);
        return http.isEmpty()
                ? tcp(tcp, schedule)
                : http(new CheckDefinition.Http(
                        http, method.isEmpty() ? "GET" : method, headers, body, skipVerify, schedule));
    }

    private static CheckDefinition http(CheckDefinition.Http check) {
        try {
            CheckRunner.request(check);
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "Invalid check: " + e.getMessage());
        }
        return check;
    }

    private static CheckDefinition tcp(String address, CheckDefinition.Schedule schedule) {
        try {
            URI uri = URI.create("tcp://" + address);
            if (uri.getHost() != null && uri.getPort() > 0 && uri.getPort() <= MAX_PORT) {
                return new CheckDefinition.Tcp(uri.getHost(), uri.getPort(), schedule);
            }
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "Invalid check: TCP must be host:port, not: " + address);
        }
        throw new HttpFailure(400, "Invalid check: TCP must be host:port, not: " + address);
    }
}
