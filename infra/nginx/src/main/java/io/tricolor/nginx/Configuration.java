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
            "crypto",
            "decision",
            "disk",
            "entries",
            "fetcher",
            "files",
            "headers",
            "http",
            "identity",
            "ids",
            "intervals",
            "json",
            "jwt",
            "lanes",
            "lists",
            "management",
            "metrics",
            "murmur3",
            "posix",
            "problems",
            "proxy",
            "reporter",
            "request_log",
            "route_table",
            "router",
            "settings",
            "state",
            "store",
            "variables");
    private static final String PLAIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/.:-_ ";
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
        for (String directory : List.of("tables", "lists", "endpoints")) {
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
        Map<String, String> values = values();
        return PLACEHOLDER.matcher(resource("nginx.conf.template")).replaceAll(found -> {
            // A comment of the template names one.
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
        values.put("workers", settings.matching("tricolor.nginx.workers", "auto", "auto|[1-9][0-9]{0,2}"));
        values.put("user", user());
        values.put("state_dir", path(stateDirectory));
        values.put("error_log", "stderr");
        values.put("shutdown_timeout", Long.toString(settings.wholeSeconds("tricolor.nginx.shutdown-timeout", "30s")));
        int connections = settings.number("tricolor.nginx.connections", 16_384, 64, 1_000_000);
        values.put("connections", Integer.toString(connections));
        values.put("open_files", Integer.toString(connections + 1_024));
        values.put("lua_path", path(stateDirectory.resolve("lua")));
        values.put("shared_memory", settings.matching("tricolor.nginx.shared-memory", "64m", "[1-9][0-9]{0,4}[mM]"));
        values.put("resolver", optional("resolver", settings.text("tricolor.nginx.resolver")));
        Path certificates = settings.file("tricolor.nginx.trusted-certificates");
        values.put(
                "trusted_certificates",
                certificates == null
                        ? ""
                        : "lua_ssl_trusted_certificate " + quoted(certificates.toString())
                                + ";\n    lua_ssl_verify_depth 4;");
        lua(values, "router_id", settings.routerId());
        lua(values, "state_dir", stateDirectory.toString());
        lua(values, "strategy_url", url("tricolor.strategy.url", "http://127.0.0.1:8401"));
        lua(values, "consul_url", url("tricolor.consul.url", "http://127.0.0.1:8411"));
        lua(values, "token_file", name(settings.file("tricolor.security.token-file")));
        lua(values, "public_key", publicKey());
        lua(values, "issuer", settings.text("tricolor.nginx.jwt.issuer"));
        lua(values, "audience", settings.text("tricolor.nginx.jwt.audience"));
        lua(values, "address", settings.managementAddress() + ":" + settings.managementPort());
        // Of the jar; there is none when the classes are run from a directory.
        String version = Configuration.class.getPackage().getImplementationVersion();
        lua(values, "version", version == null ? "unknown" : version);
        lua(values, "environment", settings.text("tricolor.nginx.environment", "default"));
        lua(values, "organization", settings.text("tricolor.nginx.organization", "default"));
        lua(values, "tenant", settings.text("tricolor.nginx.tenant", "default"));
        values.put("trust_lanes", Boolean.toString(settings.flag("tricolor.nginx.trust-lanes")));
        values.put("list_interval", settings.seconds("tricolor.nginx.list-interval", "2s"));
        values.put("long_poll", Long.toString(settings.wholeSeconds("tricolor.nginx.long-poll", "20s")));
        values.put("report_interval", settings.seconds("tricolor.nginx.report-interval", "1s"));
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
        values.put("listen", settings.address() + ":" + settings.port());
        values.put("management_listen", settings.managementAddress() + ":" + settings.managementPort());
        values.put("server_include", include("tricolor.nginx.server-include"));
        values.put("management_include", include("tricolor.nginx.management-include"));
        values.put("header_buffer", settings.matching("tricolor.nginx.header-buffer", "64k", "[1-9][0-9]{0,3}k"));
        values.put("response_timeout", Long.toString(settings.wholeSeconds("tricolor.nginx.response-timeout", "60s")));
        return values;
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

    private String url(String name, String otherwise) {
        String value = settings.text(name, otherwise);
        if (!value.matches("https?://[^/?#@\\s]+(/[^?#\\s]*)?")) {
            throw new RouterFailed("--" + name + " must be an http or https URL, not '" + value + "'");
        }
        return value;
    }

    private @Nullable String publicKey() {
        Path file = settings.file("tricolor.nginx.jwt.public-key");
        if (file != null && !Files.isReadable(file)) {
            throw new RouterFailed("--tricolor.nginx.jwt.public-key: " + file + " cannot be read");
        }
        return name(file);
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
        values.put("lua." + name, value == null ? "nil" : luaString(value));
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
