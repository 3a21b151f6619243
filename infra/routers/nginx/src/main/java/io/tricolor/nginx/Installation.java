package io.tricolor.nginx;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An nginx that can run the router.
 *
 * @param binary the program
 * @param modules to be loaded, in this order; none where they are built in, as in OpenResty
 * @param threads whether it can wait for the disk in threads beside its workers
 */
public record Installation(Path binary, List<Path> modules, boolean threads) {

    private static final List<String> DIRECTORIES = List.of(
            "/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/nginx/sbin", "/opt/nginx/sbin");
    private static final List<String> OPENRESTY =
            List.of("/usr/local/openresty/nginx/sbin/nginx", "/usr/bin/openresty", "/opt/openresty/nginx/sbin/nginx");
    private static final List<String> LUA_DIRECTORIES = List.of("/usr/share/lua/5.1", "/usr/local/share/lua/5.1");
    private static final Pattern MODULES_PATH = Pattern.compile("--modules-path=(\\S+)");
    private static final Pattern PREFIX = Pattern.compile("--prefix=(\\S+)");

    /** Copies the list. */
    public Installation {
        modules = List.copyOf(modules);
    }

    /** Finds one; {@link RouterFailed} names what is missing and how to install it. */
    public static Installation find() {
        return find(null, null);
    }

    /**
     * Finds one.
     *
     * @param chosen the program to use; null: it is looked for
     * @param chosenModules where its modules are; null: where the program says
     */
    static Installation find(@Nullable Path chosen, @Nullable Path chosenModules) {
        Path binary = chosen == null ? search(Path.of("/"), System.getenv("PATH")) : chosen;
        if (binary == null) {
            throw missing(Map.of("nginx", "nginx-light", "ndk", "", "lua", "", "core", "", "cjson", ""));
        }
        if (!Files.isExecutable(binary)) {
            throw new RouterFailed(binary + " is no program (--tricolor.nginx.binary)");
        }
        String built = built(binary);
        boolean builtIn = built.contains("ngx_lua") || built.contains("lua-nginx-module");
        List<Path> modules = new ArrayList<>();
        Map<String, String> absent = new LinkedHashMap<>();
        if (!builtIn) {
            Path directory = chosenModules == null ? modulesOf(built) : chosenModules;
            // The Lua module uses the development kit, so that comes first.
            for (Map.Entry<String, String> module :
                    List.of(Map.entry("ndk_http_module.so", "ndk"), Map.entry("ngx_http_lua_module.so", "lua"))) {
                Path file = directory.resolve(module.getKey());
                if (Files.isReadable(file)) {
                    modules.add(file);
                } else {
                    absent.put(module.getValue(), directory.toString());
                }
            }
            if (LUA_DIRECTORIES.stream().noneMatch(at -> Files.isReadable(Path.of(at, "resty/core.lua")))) {
                absent.put("core", "");
            }
            if (!hasCjson()) {
                absent.put("cjson", "");
            }
        }
        if (!absent.isEmpty()) {
            throw missing(absent);
        }
        return new Installation(binary, modules, built.contains("--with-threads"));
    }

    private static RouterFailed missing(Map<String, String> absent) {
        Map<String, String> packages = new LinkedHashMap<>();
        packages.put("nginx", "nginx-light");
        packages.put("ndk", "libnginx-mod-http-ndk");
        packages.put("lua", "libnginx-mod-http-lua");
        packages.put("core", "lua-resty-core lua-resty-lrucache");
        packages.put("cjson", "lua-cjson");
        List<String> words = packages.entrySet().stream()
                .filter(entry -> absent.containsKey(entry.getKey()))
                .map(Map.Entry::getValue)
                .toList();
        return new RouterFailed((absent.containsKey("nginx")
                        ? "No nginx was found."
                        : "nginx is here without all that the router needs.")
                + " Install what is missing: apt-get install " + String.join(" ", words)
                + "\nOr install OpenResty, which has all of it (1.21.4 or newer).");
    }

    /** Where OpenResty has its Lua libraries; null for an nginx that has none beside it. */
    @Nullable
    Path luaLibraries() {
        try {
            // PREFIX/nginx/sbin/nginx and PREFIX/lualib; the one in /usr/bin is a link to it.
            Path prefix = binary.toRealPath().resolve("../../..").normalize();
            Path libraries = prefix.resolve("lualib");
            return Files.isReadable(libraries.resolve("resty/core.lua")) ? libraries : null;
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * The program that comes first: OpenResty, then nginx on the path, then nginx where it usually is.
     *
     * @param root of the file system
     */
    static @Nullable Path search(Path root, @Nullable String path) {
        Stream<String> onPath = path == null ? Stream.of() : Stream.of(path.split(File.pathSeparator, -1));
        return Stream.concat(
                        OPENRESTY.stream(),
                        Stream.concat(onPath, DIRECTORIES.stream())
                                .filter(directory -> !directory.isBlank())
                                .map(directory -> directory + "/nginx"))
                .map(file -> root.resolve(Path.of("/").relativize(Path.of(file).toAbsolutePath())))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private static boolean hasCjson() {
        return Stream.of("/usr/lib", "/usr/local/lib", "/usr/lib64")
                .map(Path::of)
                .filter(Files::isDirectory)
                .anyMatch(Installation::holdsCjson);
    }

    private static boolean holdsCjson(Path library) {
        if (Files.isReadable(library.resolve("lua/5.1/cjson.so"))) {
            return true;
        }
        // Debian's directories of one architecture each.
        try (Stream<Path> inside = Files.list(library)) {
            return inside.anyMatch(directory -> Files.isReadable(directory.resolve("lua/5.1/cjson.so")));
        } catch (IOException e) {
            return false;
        }
    }

    private static Path modulesOf(String built) {
        Matcher modules = MODULES_PATH.matcher(built);
        if (modules.find()) {
            return Path.of(modules.group(1));
        }
        Matcher prefix = PREFIX.matcher(built);
        return Path.of(prefix.find() ? prefix.group(1) : "/usr/local/nginx").resolve("modules");
    }

    private static String built(Path binary) {
        Output output = Output.of(List.of(binary.toString(), "-V"));
        if (output.exitCode() != 0) {
            throw new RouterFailed(binary + " -V failed: " + output.text());
        }
        return output.text();
    }

    /**
     * What a short-lived program said.
     *
     * @param text standard output and error
     */
    record Output(int exitCode, String text) {

        static Output of(List<String> command) {
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .start();
                String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new Output(process.waitFor(), text.strip());
            } catch (IOException e) {
                throw new RouterFailed("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RouterFailed("interrupted", e);
            }
        }
    }
}
