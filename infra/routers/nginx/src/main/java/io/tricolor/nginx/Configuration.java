package io.tricolor.nginx;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The configuration of nginx: the template with the settings in it, and the Lua files beside it. */
final class Configuration {

    private static final List<String> LUA = List.of(
            "addresses",
            "certificate",
            "crypto",
            "decision",
            "disk",
            "entries",
            "fetcher",
            "files",
            "fold",
            "grpc",
            "headers",
            "http",
            "identity",
            "ids",
            "intervals",
            "json",
            "jwk_set",
            "jwt",
            "lanes",
            "lists",
            "management",
            "memory",
            "metrics",
            "murmur3",
            "posix",
            "problems",
            "proxy",
            "reporter",
            "request_log",
            "roles",
            "route_table",
            "router",
            "search",
            "settings",
            "state",
            "store",
            "timers",
            "variables");
    private static final String PLAIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/.:-_ ";
    private static final String URL = "https?://[^/?#@\\s]+(/[^?#\\s]*)?";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([a-z._]+)}");

    private final Settings settings;
    private final Installation installation;
    private final Path stateDirectory;

    Configuration(Settings settings, Installation installation) {
        this.settings = settings;
        this.installation = installation;
        this.stateDirectory = settings.stateDirectory();
    }

    Path file() {
        return stateDirectory.resolve("nginx.conf");
    }

    /** Writes the configuration and the Lua files to the state directory. */
    void write() {
        Path lua = stateDirectory.resolve("lua/tricolor");
        try {
            Files.createDirectories(lua);
            Files.createDirectories(stateDirectory.resolve("temp"));
            for (String name : LUA) {
                replace(lua.resolve(name + ".lua"), resource("/lua/tricolor/" + name + ".lua"));
            }
            replace(file(), text());
            giveToWorkers();
        } catch (IOException e) {
            throw new RouterFailed(
                    "cannot write to " + stateDirectory + " (tricolor.nginx.state-dir): " + e.getMessage(), e);
        }
    }

    /** The master runs as root, the workers as another user who has to write there. */
    private void giveToWorkers() throws IOException {
        String chosen = settings.text("tricolor.nginx.user");
        if (chosen == null || !System.getProperty("user.name").equals("root")) {
            return;
        }
        UserPrincipal owner = FileSystems.getDefault()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(chosen.replaceFirst(" .*", ""));
        for (String directory : List.of("tables", "lists", "endpoints", "keys")) {
            Files.createDirectories(stateDirectory.resolve(directory));
        }
        try (Stream<Path> files = Files.walk(stateDirectory)) {
            for (Path path : files.toList()) {
                Files.setOwner(path, owner);
            }
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.writeString(partial, text);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    String text() {
        return filled("nginx.conf.template", values());
    }

    private static String filled(String template, Map<String, String> values) {
        return PLACEHOLDER.matcher(resource(template)).replaceAll(found -> {
            String value = values.get(found.group(1));
            return Matcher.quoteReplacement(Objects.requireNonNull(value, found.group()));
        });
    }

    private static String resource(String name) {
        try (InputStream in = Configuration.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new RouterFailed("cannot read " + name, e);
        }
    }

    private Map<String, String> values() {
        Map<String, String> values = new HashMap<>();
        values.put(
                "load_modules",
                installation.modules().stream()
                        .map(module -> "load_module " + quoted(module.toString()) + ";")
                        .collect(Collectors.joining("\n")));
        values.put("thread_pool", installation.threads() ? "thread_pool tricolor threads=1;" : "");
        values.put("threads", Boolean.toString(installation.threads()));
        String workers = settings.matching("tricolor.nginx.workers", "auto", "auto|[1-9][0-9]{0,2}");
        values.put("workers", workers);
        values.put("user", user());
        values.put("state_dir", path(stateDirectory));
        values.put("error_log", "stderr");
        values.put("shutdown_timeout", Long.toString(settings.wholeSeconds("tricolor.nginx.shutdown-timeout", "30s")));
        Capacity capacity = Capacity.of(settings, workers);
        int connections = settings.number("tricolor.nginx.connections", 16_384, 64, 1_000_000) + capacity.connections();
        values.put("all_connections", Integer.toString(connections));
        values.put("open_files", Integer.toString(connections + 1_024));
        values.put("timers", Integer.toString(capacity.timers()));
        values.put("shared_memory", capacity.sharedMemory());
        values.put("worker_memory", capacity.workerMemory());
        values.put("metrics_memory", capacity.metricsMemory());
        Path libraries = installation.luaLibraries();
        String lua = path(stateDirectory.resolve("lua")) + "/?.lua;";
        values.put("lua_path", libraries == null ? lua : lua + path(libraries) + "/?.lua;");
        values.put("lua_cpath", libraries == null ? "" : "lua_package_cpath \"" + path(libraries) + "/?.so;;\";");
        values.put("resolver", optional("resolver", settings.text("tricolor.nginx.resolver")));
        Path certificates = settings.file("tricolor.nginx.trusted-certificates");
        values.put(
                "trusted_certificates",
                certificates == null
                        ? ""
                        : "lua_ssl_trusted_certificate " + quoted(certificates.toString())
                                + ";\n    lua_ssl_verify_depth 4;\n    lua_ssl_protocols TLSv1.2 TLSv1.3;");
        lua(values, "router_id", settings.routerId());
        lua(values, "state_dir", stateDirectory.toString());
        lua(values, "strategy_url", urls("tricolor.strategy.url", "http://127.0.0.1:8401"));
        lua(
                values,
                "consul_url",
                url("tricolor.consul.url", settings.text("tricolor.consul.url", "http://127.0.0.1:8411")));
        lua(values, "token_file", name(settings.file("tricolor.security.token-file")));
        lua(values, "consul_token_file", name(settings.file("tricolor.consul.token-file")));
        consulCertificate(values);
        values.put("users", users());
        operators(values);
        lua(values, "address", settings.managementAddress() + ":" + settings.managementPort());
        // Of the jar; there is none when the classes are run from a directory.
        String version = Configuration.class.getPackage().getImplementationVersion();
        lua(values, "version", version == null ? "unknown" : version);
        lua(values, "environment", settings.text("tricolor.nginx.environment", "default"));
        lua(values, "organization", settings.text("tricolor.nginx.organization", "default"));
        lua(values, "tenant", settings.text("tricolor.nginx.tenant", "default"));
        values.put("trust_lanes", Boolean.toString(settings.flag("tricolor.nginx.trust-lanes")));
        values.put("panic", settings.matching("tricolor.nginx.panic", "true", "true|false"));
        values.put("list_interval", settings.seconds("tricolor.nginx.list-interval", "2s"));
        values.put("long_poll", Long.toString(settings.wholeSeconds("tricolor.nginx.long-poll", "20s")));
        values.put("report_interval", settings.seconds("tricolor.nginx.report-interval", "1s"));
        values.put("start_patience", settings.seconds("tricolor.nginx.start-patience", "2s"));
        values.put("max_attempts", Integer.toString(settings.number("tricolor.nginx.max-attempts", 3, 1, 100)));
        values.put("suspicion", settings.seconds("tricolor.nginx.suspicion", "1s"));
        String log = settings.text(
                "tricolor.nginx.access-log",
                stateDirectory.resolve("access.log").toString());
        boolean off = log.equals("off");
        values.put("log_on", Boolean.toString(!off));
        values.put(
                "access_log",
                off
                        ? "off"
                        : quoted(Path.of(log).toAbsolutePath().normalize().toString())
                                + " tricolor buffer=64k flush=1s if=$tricolor_log");
        values.put("keepalive", Integer.toString(settings.number("tricolor.nginx.keepalive", 256, 1, 65_535)));
        values.put("management_listen", settings.managementAddress() + ":" + settings.managementPort());
        values.put("server_include", include("tricolor.nginx.server-include"));
        values.put("management_include", include("tricolor.nginx.management-include"));
        values.put("header_buffer", settings.matching("tricolor.nginx.header-buffer", "64k", "[1-9][0-9]{0,3}k"));
        values.put("response_timeout", Long.toString(settings.wholeSeconds("tricolor.nginx.response-timeout", "60s")));
        boolean encrypted = tls(values);
        upstreamTls(values);
        grpc(values, encrypted);
        return values;
    }

    /** TLS towards users; whether it is on. */
    private boolean tls(Map<String, String> values) {
        Path certificate = readable("tricolor.nginx.tls.certificate");
        Path key = readable("tricolor.nginx.tls.key");
        together("tricolor.nginx.tls.certificate", certificate, "tricolor.nginx.tls.key", key);
        values.put("listen", settings.address() + ":" + settings.port() + (certificate == null ? "" : " ssl http2"));
        values.put(
                "tls",
                certificate == null || key == null
                        ? ""
                        : directives(
                                "ssl_certificate " + quoted(certificate.toString()),
                                "ssl_certificate_key " + quoted(key.toString()),
                                "ssl_protocols TLSv1.2 TLSv1.3",
                                "ssl_session_cache shared:tricolor_tls:8m",
                                "ssl_session_timeout 1h",
                                "ssl_session_tickets off"));
        return certificate != null;
    }

    /** TLS towards instances. */
    private void upstreamTls(Map<String, String> values) {
        String prefix = "tricolor.nginx.upstream-tls.";
        boolean enabled = settings.flag(prefix + "enabled");
        Path authorities = readable(prefix + "ca");
        Path certificate = readable(prefix + "certificate");
        Path key = readable(prefix + "key");
        String name = settings.text(prefix + "name");
        together(prefix + "certificate", certificate, prefix + "key", key);
        values.put("upstream_scheme", enabled ? "https" : "http");
        values.put("grpc_scheme", enabled ? "grpcs" : "grpc");
        values.put("upstream_tls", "");
        if (!enabled) {
            return;
        }
        if (authorities == null || name == null) {
            throw new RouterFailed("--" + prefix + "enabled needs --" + prefix + "ca and --" + prefix
                    + "name: who may vouch for instances, and the name that their certificates bear");
        }
        if (!name.matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")) {
            throw new RouterFailed("--" + prefix + "name must be a host name, not '" + name + "'");
        }
        StringBuilder all = new StringBuilder();
        for (String module : List.of("proxy_ssl_", "grpc_ssl_")) {
            all.append(directives(
                    module + "verify on",
                    module + "verify_depth 4",
                    module + "trusted_certificate " + quoted(authorities.toString()),
                    module + "server_name on",
                    module + "name " + name,
                    module + "protocols TLSv1.2 TLSv1.3"));
            if (certificate != null && key != null) {
                all.append(directives(
                        module + "certificate " + quoted(certificate.toString()),
                        module + "certificate_key " + quoted(key.toString())));
            }
        }
        values.put("upstream_tls", all.toString());
    }

    /** HTTP/2 in clear on a port of its own; and gRPC wherever HTTP/2 is spoken. */
    private void grpc(Map<String, String> values, boolean encrypted) {
        String address = settings.text("tricolor.nginx.grpc-listen");
        if (address != null && !address.matches("([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+]):[1-9][0-9]{0,4}")) {
            throw new RouterFailed("--tricolor.nginx.grpc-listen must look like 127.0.0.1:8407, not '" + address + "'");
        }
        boolean on = address != null || encrypted;
        // A channel of gRPC often has more calls open than the 128 that nginx lets a browser have.
        values.put(
                "grpc_listen",
                address == null
                        ? ""
                        : directives("listen " + address + " http2 backlog=4096", "http2_max_concurrent_streams 1024"));
        values.put("grpc_silence", Long.toString(settings.wholeSeconds("tricolor.nginx.grpc-silence", "60m")));
        values.put("grpc_upstream", on ? filled("grpc-upstream.conf.template", values) : "");
        values.put("grpc_server", on ? filled("grpc-server.conf.template", values) : "");
    }

    private static String directives(String... all) {
        return Stream.of(all).map(one -> one + ";\n        ").collect(Collectors.joining());
    }

    private static void together(String one, @Nullable Path first, String other, @Nullable Path second) {
        if ((first == null) != (second == null)) {
            throw new RouterFailed("--" + one + " and --" + other + " go together");
        }
    }

    /** As root, nginx would give its workers to another user, who could not read the state directory. */
    private String user() {
        String chosen = settings.text("tricolor.nginx.user");
        String me = System.getProperty("user.name");
        if (chosen == null) {
            return me.equals("root") ? "user root;" : "";
        }
        if (!chosen.matches("[A-Za-z_][A-Za-z0-9_-]*( [A-Za-z_][A-Za-z0-9_-]*)?")) {
            throw new RouterFailed("--tricolor.nginx.user must be a user, or a user and a group, not '" + chosen + "'");
        }
        return "user " + chosen + ";";
    }

    /** One or more, with commas between them. */
    private String urls(String name, String otherwise) {
        return Stream.of(settings.text(name, otherwise).split(",", -1))
                .map(one -> url(name, one.strip()))
                .distinct()
                .collect(Collectors.joining(","));
    }

    private static String url(String name, String value) {
        if (!value.matches(URL)) {
            throw new RouterFailed("--" + name + " must be an http or https URL, not '" + value + "'");
        }
        return value;
    }

    /** What the router shows to Consul. */
    private void consulCertificate(Map<String, String> values) {
        String prefix = "tricolor.consul.";
        Path certificate = readable(prefix + "certificate");
        Path key = readable(prefix + "key");
        together(prefix + "certificate", certificate, prefix + "key", key);
        if (certificate != null && !settings.text(prefix + "url", "").startsWith("https://")) {
            throw new RouterFailed("--" + prefix + "certificate needs a --" + prefix + "url with https");
        }
        lua(values, "consul_certificate", name(certificate));
        lua(values, "consul_key", name(key));
    }

    /** Who issues tokens of users; {@code nil}: nobody. */
    private String users() {
        String prefix = "tricolor.nginx.jwt.";
        String issuer = settings.text(prefix + "issuer");
        return believed(prefix, issuer, settings.text(prefix + "audience"), false);
    }

    /** Whom the closed port of operations is open to. */
    private void operators(Map<String, String> values) {
        String prefix = "tricolor.security.";
        String believed = "nil";
        if (settings.flag(prefix + "closed")) {
            String issuer = settings.text(prefix + "issuer", "tricolor");
            believed = believed(prefix, issuer, settings.text(prefix + "audience", "tricolor"), true);
            if (believed.equals("nil")) {
                throw new RouterFailed("--" + prefix + "closed needs --" + prefix + "public-key, --" + prefix
                        + "jwk-set-uri, or an --" + prefix + "issuer that is a URL");
            }
        }
        values.put("operators", believed);
        lua(values, "roles_claim", settings.text(prefix + "roles-claim", "roles"));
        Map<String, List<String>> mapping = settings.roleMapping();
        values.put(
                "role_mapping",
                mapping.isEmpty()
                        ? "nil"
                        : mapping.entrySet().stream()
                                .map(entry -> "[" + luaString(entry.getKey()) + "] = {"
                                        + entry.getValue().stream()
                                                .map(Configuration::luaString)
                                                .collect(Collectors.joining(", "))
                                        + "}")
                                .collect(Collectors.joining(", ", "{", "}")));
    }

    private String believed(String prefix, @Nullable String issuer, @Nullable String audience, boolean strict) {
        Path publicKey = readable(prefix + "public-key");
        String jwkSetUri = jwkSetUri(prefix);
        String refresh = settings.seconds(prefix + "refresh-interval", "5m");
        String pause = settings.seconds(prefix + "refresh-pause", "10s");
        if (publicKey == null && jwkSetUri == null && (issuer == null || !issuer.matches(URL))) {
            return "nil";
        }
        return "{setting = " + luaOrNil(prefix.substring(0, prefix.length() - 1)) + ", public_key = "
                + luaOrNil(name(publicKey)) + ", jwk_set_uri = " + luaOrNil(jwkSetUri) + ", issuer = "
                + luaOrNil(issuer) + ", audience = " + luaOrNil(audience) + ", refresh = " + refresh + ", pause = "
                + pause + ", is_strict = " + strict + "}";
    }

    private @Nullable String jwkSetUri(String prefix) {
        String name = prefix + "jwk-set-uri";
        String value = settings.text(name);
        if (value == null) {
            return null;
        }
        if (settings.text(prefix + "public-key") != null) {
            throw new RouterFailed("--" + prefix + "public-key and --" + name + " exclude each other");
        }
        if (!value.matches("https?://[^/?#@\\s]+(/[^?#\\s]*)?(\\?[^#\\s]*)?")) {
            throw new RouterFailed("--" + name + " must be an http or https URL, not '" + value + "'");
        }
        return value;
    }

    private @Nullable Path readable(String name) {
        Path file = settings.file(name);
        if (file != null && !Files.isReadable(file)) {
            throw new RouterFailed("--" + name + ": " + file + " cannot be read");
        }
        return file;
    }

    private String include(String name) {
        Path file = settings.file(name);
        return file == null ? "" : "include " + quoted(file.toString()) + ";";
    }

    private static String optional(String directive, @Nullable String value) {
        if (value == null) {
            return "";
        }
        if (!value.matches("[A-Za-z0-9.:\\[\\] =-]+")) {
            throw new RouterFailed("--tricolor.nginx." + directive + " is not understood: " + value);
        }
        return directive + " " + value + ";";
    }

    private static @Nullable String name(@Nullable Path file) {
        return file == null ? null : file.toString();
    }

    private static String path(Path path) {
        String text = path.toString();
        if (text.matches(".*[\\s\"'{};$\\\\].*")) {
            throw new RouterFailed("the path " + text + " has characters that nginx does not take");
        }
        return text;
    }

    private static String quoted(String text) {
        return "\"" + path(Path.of(text)) + "\"";
    }

    /** A value as a Lua string, or nil. */
    private static void lua(Map<String, String> values, String name, @Nullable String value) {
        values.put("lua." + name, luaOrNil(value));
    }

    private static String luaOrNil(@Nullable String value) {
        return value == null ? "nil" : luaString(value);
    }

    static String luaString(String value) {
        StringBuilder text = new StringBuilder("\"");
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            // nginx counts brackets, quotation marks and dollars in a block of Lua.
            if (PLAIN.indexOf(c) >= 0) {
                text.append((char) c);
            } else {
                text.append('\\').append(String.format("%03d", c));
            }
        }
        return text.append('"').toString();
    }
}
