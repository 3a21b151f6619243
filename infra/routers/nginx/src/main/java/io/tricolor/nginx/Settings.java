package io.tricolor.nginx;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The options of the command line, with defaults for one machine; every value is checked when it is read. */
final class Settings {

    static final String HELP = """
            The router on nginx with Lua. Options, as --name=value:

              server.address, server.port             user traffic (127.0.0.1, 8400)
              management.server.address, .port        health and metrics (127.0.0.1, 8406)
              tricolor.strategy.url                   strategy-service, each of its instances, with commas (http://127.0.0.1:8401)
              tricolor.consul.url                     Consul (http://127.0.0.1:8411)
              tricolor.consul.token-file              ACL token for Consul, read for every call
              tricolor.consul.certificate, .key       PEM files that it shows to Consul, read for every connection
              tricolor.security.token-file            bearer token for strategy-service, read for every call
              tricolor.security.closed                metrics and details of health need a token (false); with it
              tricolor.security.public-key, .jwk-set-uri   who signs them; neither: as the issuer publishes
              tricolor.security.issuer, .audience     who issues them and for whom (tricolor, tricolor)
              tricolor.security.refresh-interval, .refresh-pause   of keys that are published (5m, 10s)
              tricolor.security.roles-claim           where the roles are, dots lead through objects (roles)
              tricolor.security.role-mapping.NAME     our roles for a name of the provider's; or [NAME]
              tricolor.nginx.jwt.public-key            PEM with the keys that tokens of users are verified with
              tricolor.nginx.jwt.jwk-set-uri           where an identity provider publishes them, instead of a file
              tricolor.nginx.jwt.issuer, .audience     that tokens of users have; a URL publishes its keys
              tricolor.nginx.jwt.refresh-interval      how often they are fetched (5m)
              tricolor.nginx.jwt.refresh-pause         at least between two fetches, when a token names an unknown key (10s)
              tricolor.nginx.router-id                stable and unique (nginx-<host>-<port>)
              tricolor.nginx.state-dir                last good tables, lists, instances; configuration (.tricolor/nginx)
              tricolor.nginx.workers                  worker processes (auto)
              tricolor.nginx.user                     user of the workers when the master is root (the same)
              tricolor.nginx.connections              of each worker (16384)
              tricolor.nginx.keepalive                idle connections to instances, of each worker (256)
              tricolor.nginx.max-attempts             instances tried for one request (3)
              tricolor.nginx.suspicion                how long an unreachable instance is avoided (1s)
              tricolor.nginx.response-timeout         until an answer begins or goes on (60s)
              tricolor.nginx.header-buffer            for the head of an answer (64k)
              tricolor.nginx.list-interval            pause after a failed question for tables (2s)
              tricolor.nginx.long-poll                longest wait of a long poll (20s)
              tricolor.nginx.report-interval          how often counts are reported that nobody waits for (1s)
              tricolor.nginx.start-patience           how long a start waits for newer tables than those on disk (2s)
              tricolor.nginx.shutdown-timeout         how long requests may take to end at a stop (30s)
              tricolor.nginx.trust-lanes              follow X-Tricolor-Lane; for inner hops only (false)
              tricolor.nginx.panic                    go on with the last healthy instances when no check passes (true)
              tricolor.nginx.groups, .services         how many there may be (1000, twice the groups); what follows is computed from them
              tricolor.nginx.shared-memory            for tables and instances
              tricolor.nginx.worker-memory            for what each worker has applied and has in flight
              tricolor.nginx.metrics-memory           for metrics
              tricolor.nginx.access-log               file of the request log, or off (<state-dir>/access.log)
              tricolor.nginx.environment, .organization, .tenant    for the request log (default)
              tricolor.nginx.resolver                 DNS servers, when the URLs above have names
              tricolor.nginx.trusted-certificates     PEM of certification authorities, when they are https
              tricolor.nginx.tls.certificate, .key     PEM files: users are served by TLS, in HTTP/1.1 and HTTP/2
              tricolor.nginx.grpc-listen               address and port for HTTP/2 in clear, gRPC above all (none)
              tricolor.nginx.grpc-silence              how long a gRPC call may be silent (60m)
              tricolor.nginx.upstream-tls.enabled      instances speak TLS (false)
              tricolor.nginx.upstream-tls.ca, .name    PEM of who vouches for them, and the name in their certificates
              tricolor.nginx.upstream-tls.certificate, .key    PEM files that the router shows to them
              tricolor.nginx.server-include           file of nginx directives for the server of users
              tricolor.nginx.management-include       the same for the server of operations
              tricolor.nginx.binary, .modules         where nginx and its modules are (looked for)
            """;

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
    private static final List<String> KNOWN = List.of("""
            server.address server.port management.server.address management.server.port
            tricolor.strategy.url tricolor.consul.url tricolor.consul.token-file tricolor.security.token-file
            tricolor.consul.certificate tricolor.consul.key
            tricolor.security.closed tricolor.security.public-key tricolor.security.jwk-set-uri tricolor.security.issuer
            tricolor.security.audience tricolor.security.roles-claim tricolor.security.refresh-interval
            tricolor.security.refresh-pause
            tricolor.nginx.jwt.public-key tricolor.nginx.jwt.issuer tricolor.nginx.jwt.audience
            tricolor.nginx.jwt.jwk-set-uri tricolor.nginx.jwt.refresh-interval tricolor.nginx.jwt.refresh-pause
            tricolor.nginx.tls.certificate tricolor.nginx.tls.key tricolor.nginx.grpc-listen tricolor.nginx.grpc-silence
            tricolor.nginx.upstream-tls.enabled tricolor.nginx.upstream-tls.ca tricolor.nginx.upstream-tls.name
            tricolor.nginx.upstream-tls.certificate tricolor.nginx.upstream-tls.key
            tricolor.nginx.router-id tricolor.nginx.state-dir tricolor.nginx.workers tricolor.nginx.user
            tricolor.nginx.connections tricolor.nginx.keepalive tricolor.nginx.max-attempts tricolor.nginx.suspicion
            tricolor.nginx.response-timeout tricolor.nginx.header-buffer tricolor.nginx.list-interval
            tricolor.nginx.long-poll tricolor.nginx.report-interval tricolor.nginx.shutdown-timeout
            tricolor.nginx.trust-lanes tricolor.nginx.panic tricolor.nginx.groups tricolor.nginx.services tricolor.nginx.start-patience
            tricolor.nginx.shared-memory tricolor.nginx.worker-memory tricolor.nginx.metrics-memory tricolor.nginx.access-log
            tricolor.nginx.environment tricolor.nginx.organization tricolor.nginx.tenant tricolor.nginx.resolver
            tricolor.nginx.trusted-certificates tricolor.nginx.server-include tricolor.nginx.management-include
            tricolor.nginx.binary tricolor.nginx.modules""".split("\\s+"));

    private static final String MAPPING = "tricolor.security.role-mapping.";
    private static final List<String> ROLES = List.of("""
            viewer operator approver config-editor config-publisher admin router service config-client""".split(" "));

    private final Map<String, String> values = new TreeMap<>();

    private Settings() {}

    /** Throws {@link RouterFailed} that names the option which is unknown. */
    static Settings parse(List<String> arguments) {
        Settings settings = new Settings();
        for (String argument : arguments) {
            int equals = argument.startsWith("--" + MAPPING + "[") ? argument.indexOf("]=") + 1 : argument.indexOf('=');
            String name = argument.startsWith("--") && equals > 2 ? argument.substring(2, equals) : "";
            if (!KNOWN.contains(name) && !name.startsWith(MAPPING)) {
                throw new RouterFailed("unknown option '" + argument + "'; --help lists them");
            }
            String value = argument.substring(equals + 1);
            if (!value.isBlank()) {
                settings.values.put(name, value.strip());
            }
        }
        return settings;
    }

    @Nullable
    String text(String name) {
        return values.get(name);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    String matching(String name, String otherwise, String pattern) {
        String value = text(name, otherwise);
        if (!value.matches(pattern)) {
            throw new RouterFailed("--" + name + " must look like " + otherwise + ", not '" + value + "'");
        }
        return value;
    }

    int number(String name, int otherwise, int least, int most) {
        String value = text(name, Integer.toString(otherwise));
        if (value.matches("\\d{1,9}")) {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new RouterFailed(
                "--" + name + " must be a whole number from " + least + " to " + most + ", not '" + value + "'");
    }

    /** Seconds, with up to three decimals. */
    String seconds(String name, String otherwise) {
        String value = text(name, otherwise);
        Matcher duration = DURATION.matcher(value);
        if (!duration.matches()) {
            throw new RouterFailed("--" + name + " must look like 250ms, 2s or 1m, not '" + value + "'");
        }
        long amount = Long.parseLong(duration.group(1));
        return switch (duration.group(2)) {
            case "ms" -> amount / 1000 + "." + String.format("%03d", amount % 1000);
            case "m" -> Long.toString(amount * 60);
            default -> Long.toString(amount);
        };
    }

    long wholeSeconds(String name, String otherwise) {
        return Math.max(1, (long) Math.ceil(Double.parseDouble(seconds(name, otherwise))));
    }

    boolean flag(String name) {
        String value = text(name, "false");
        if (!value.equals("true") && !value.equals("false")) {
            throw new RouterFailed("--" + name + " must be true or false, not '" + value + "'");
        }
        return value.equals("true");
    }

    /** Our roles by the names that an identity provider gives them; empty when names are ours. */
    Map<String, List<String>> roleMapping() {
        Map<String, List<String>> mapping = new TreeMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(MAPPING)) {
                List<String> ours = List.of(value.split("\\s*,\\s*", -1));
                if (!ROLES.containsAll(ours)) {
                    throw new RouterFailed(
                            "--" + name + " must be roles, with commas, of " + ROLES + ", not '" + value + "'");
                }
                String theirs = name.substring(MAPPING.length());
                mapping.put(theirs.startsWith("[") ? theirs.substring(1, theirs.length() - 1) : theirs, ours);
            }
        });
        return mapping;
    }

    @Nullable
    Path file(String name) {
        String value = text(name);
        return value == null ? null : Path.of(value).toAbsolutePath().normalize();
    }

    Path stateDirectory() {
        return Path.of(text("tricolor.nginx.state-dir", ".tricolor/nginx"))
                .toAbsolutePath()
                .normalize();
    }

    int port() {
        return number("server.port", 8400, 1, 65535);
    }

    int managementPort() {
        return number("management.server.port", 8406, 1, 65535);
    }

    String address() {
        return text("server.address", "127.0.0.1");
    }

    String managementAddress() {
        return text("management.server.address", "127.0.0.1");
    }

    String routerId() {
        String id = text("tricolor.nginx.router-id", "nginx-" + hostName() + "-" + port());
        if (!ID.matcher(id).matches()) {
            throw new RouterFailed(
                    "--tricolor.nginx.router-id must be letters, digits, dots, dashes, underscores and colons, not '"
                            + id + "'");
        }
        return id;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
