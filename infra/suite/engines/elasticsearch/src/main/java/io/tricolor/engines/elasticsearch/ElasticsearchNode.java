package io.tricolor.engines.elasticsearch;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.Version;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.jspecify.annotations.Nullable;

/**
 * Runs one Elasticsearch node on loopback: the core and the HTTP transport, without the modules of a distribution (no
 * ILM, ES|QL, ingest, painless, {@code GET /}). Index data survives a restart and a kill. The home directory that the
 * node expects is assembled under the data directory at every start.
 */
public final class ElasticsearchNode {

    private static final String USAGE = """
            usage: ElasticsearchNode --data-dir DIR [--port N] [--transport-port N] [--transport-module FILE]
              --data-dir DIR           where the node keeps its indices and its home directory
              --port N                 HTTP port on 127.0.0.1 (default 8415)
              --transport-port N       transport port on 127.0.0.1 (default 8416)
              --transport-module FILE  class path of the transport module (default: transport-netty4.txt beside this jar)""";

    private ElasticsearchNode() {}

    /** Starts the node and returns when it serves HTTP; the process then ends on SIGTERM. */
    public static void main(String[] args) throws Exception {
        Options options;
        try {
            options = Options.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println(USAGE);
            System.exit(2);
            return;
        }
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(Settings.builder()
                .put("logger.level", "warn")
                // Says with a stack trace that the native library of a distribution is not there.
                .put("logger.org.elasticsearch.nativeaccess", "error")
                .build());
        // Initialised here, by one thread: two threads that meet their first failures at the same time, of the class
        // and of
        // a subclass, would wait for each other for ever, and the shard with them.
        MethodHandles.lookup().ensureInitialized(ElasticsearchException.class);
        assembleHome(options);
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
                settings(options), Map.of(), options.home().resolve("config"), () -> "tricolor");
        Node node = new Node(
                environment,
                PluginsLoader.createPluginsLoader(
                        PluginsLoader.loadModulesBundles(environment.modulesDir(), false), Set.of(), Map.of(), false));
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            close(node);
                            stopped.countDown();
                        },
                        "stop-node"));
        node.start();
        System.out.println("node ready on 127.0.0.1:" + options.port());
        stopped.await();
    }

    private static void close(Node node) {
        try {
            node.prepareForClose();
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
        } catch (IOException e) {
            System.err.println("the node did not close cleanly: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Settings settings(Options options) {
        return Settings.builder()
                .put("cluster.name", "tricolor")
                .put("node.name", "tricolor")
                .put("path.home", options.home().toString())
                .put("path.data", options.dataDir().resolve("data").toString())
                .put("path.logs", options.dataDir().resolve("logs").toString())
                .put("network.host", "127.0.0.1")
                .put("http.port", options.port())
                .put("transport.port", options.transportPort())
                .put("http.type", "netty4")
                .put("transport.type", "netty4")
                .put("discovery.type", "single-node")
                // The node is one of several programs on the machine and must not stop taking writes on a full-looking
                // disk.
                .put("cluster.routing.allocation.disk.threshold_enabled", false)
                .put("action.auto_create_index", true)
                .put("node.processors", 1)
                .put("indices.memory.index_buffer_size", "16mb")
                .build();
    }

    private static void assembleHome(Options options) throws IOException {
        Path module = options.home().resolve("modules").resolve("transport-netty4");
        Files.createDirectories(module);
        for (String directory : List.of("config", "lib", "plugins")) {
            Files.createDirectories(options.home().resolve(directory));
        }
        Set<Path> wanted = new HashSet<>();
        String classPath = Files.readString(options.transportModule()).strip();
        for (String entry : List.of(classPath.split(File.pathSeparator, -1))) {
            Path jar = Path.of(entry);
            Path target = module.resolve(String.valueOf(jar.getFileName()));
            wanted.add(target);
            if (!Files.exists(target) || Files.size(target) != Files.size(jar)) {
                Files.copy(jar, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Path descriptor = module.resolve("plugin-descriptor.properties");
        wanted.add(descriptor);
        Files.writeString(descriptor, """
                name=transport-netty4
                description=HTTP and node transport on netty
                version=%1$s
                elasticsearch.version=%1$s
                java.version=21
                classname=org.elasticsearch.transport.netty4.Netty4Plugin
                """.formatted(Version.CURRENT));
        try (var present = Files.list(module)) {
            for (Path stale : present.filter(file -> !wanted.contains(file)).toList()) {
                Files.delete(stale);
            }
        }
    }

    private record Options(Path dataDir, int port, int transportPort, Path transportModule) {

        Path home() {
            return dataDir.resolve("home");
        }

        static Options parse(List<String> args) throws URISyntaxException {
            Path dataDir = null;
            int port = 8415;
            int transportPort = 8416;
            Path transportModule = besideThisJar("transport-netty4.txt");
            Iterator<String> words = new ArrayList<>(args).iterator();
            while (words.hasNext()) {
                String word = words.next();
                String value = words.hasNext() ? words.next() : null;
                switch (word) {
                    case "--data-dir" -> dataDir = Path.of(required(word, value));
                    case "--port" -> port = port(word, value);
                    case "--transport-port" -> transportPort = port(word, value);
                    case "--transport-module" -> transportModule = Path.of(required(word, value));
                    default -> throw new IllegalArgumentException("unknown option " + word);
                }
            }
            if (dataDir == null) {
                throw new IllegalArgumentException("--data-dir is missing");
            }
            if (!Files.isReadable(transportModule)) {
                throw new IllegalArgumentException("cannot read " + transportModule + ": is the module built?");
            }
            return new Options(dataDir.toAbsolutePath(), port, transportPort, transportModule);
        }

        private static Path besideThisJar(String name) throws URISyntaxException {
            return Path.of(ElasticsearchNode.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolveSibling(name);
        }

        private static String required(String word, @Nullable String value) {
            if (value == null) {
                throw new IllegalArgumentException(word + " needs a value");
            }
            return value;
        }

        private static int port(String word, @Nullable String value) {
            try {
                int port = Integer.parseInt(required(word, value));
                if (port > 0 && port < 65536) {
                    return port;
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(word + " is not a port: " + value, e);
            }
            throw new IllegalArgumentException(word + " is not a port: " + value);
        }
    }
}
