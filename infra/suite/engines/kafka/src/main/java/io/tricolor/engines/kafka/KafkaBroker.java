package io.tricolor.engines.kafka;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * Runs one KRaft broker that is its own controller, on loopback, with its log under one directory. The directory is
 * formatted at the first start and kept from then on. Everything here that is not public API of Kafka is in this class;
 * the version is pinned in the build.
 */
public final class KafkaBroker {

    private static final String USAGE = """
            usage: KafkaBroker --data-dir DIR [--port N] [--controller-port N]
              --data-dir DIR       where the broker keeps its log; made and formatted at the first start
              --port N             port for clients on 127.0.0.1 (default 8413)
              --controller-port N  port of the controller on 127.0.0.1 (default 8414)""";

    private KafkaBroker() {}

    /** Starts the broker and returns when it takes requests; the process then ends on SIGTERM. */
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
        format(options);
        var server = new KafkaRaftServer(KafkaConfig.fromProps(properties(options), false), Time.SYSTEM);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.shutdown();
                            server.awaitShutdown();
                        },
                        "stop-broker"));
        server.startup();
        System.out.println("broker ready on 127.0.0.1:" + options.port());
        server.awaitShutdown();
    }

    private static void format(Options options) throws Exception {
        if (Files.exists(options.log().resolve("meta.properties"))) {
            return;
        }
        Files.createDirectories(options.log());
        var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new Formatter()
                .setPrintStream(output)
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(1)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(options.log().toString())
                .addDirectory(options.log().toString())
                .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                .run();
    }

    private static Properties properties(Options options) {
        var p = new Properties();
        p.setProperty("process.roles", "broker,controller");
        p.setProperty("node.id", "1");
        p.setProperty("controller.quorum.voters", "1@127.0.0.1:" + options.controllerPort());
        p.setProperty("controller.listener.names", "CONTROLLER");
        p.setProperty(
                "listeners",
                "PLAINTEXT://127.0.0.1:" + options.port() + ",CONTROLLER://127.0.0.1:" + options.controllerPort());
        p.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + options.port());
        p.setProperty("inter.broker.listener.name", "PLAINTEXT");
        p.setProperty("log.dirs", options.log().toString());
        p.setProperty("auto.create.topics.enable", "false");
        p.setProperty("default.replication.factor", "1");
        p.setProperty("min.insync.replicas", "1");
        p.setProperty("message.max.bytes", "1048576");
        p.setProperty("offsets.topic.replication.factor", "1");
        p.setProperty("offsets.topic.num.partitions", "4");
        p.setProperty("transaction.state.log.replication.factor", "1");
        p.setProperty("transaction.state.log.min.isr", "1");
        p.setProperty("transaction.state.log.num.partitions", "4");
        p.setProperty("share.coordinator.state.topic.replication.factor", "1");
        p.setProperty("share.coordinator.state.topic.min.isr", "1");
        p.setProperty("share.coordinator.state.topic.num.partitions", "4");
        p.setProperty("group.initial.rebalance.delay.ms", "0");
        // Small numbers for a small machine: the default cleaner buffer alone is 128 MiB.
        p.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
        p.setProperty("log.cleaner.threads", "1");
        p.setProperty("num.network.threads", "2");
        p.setProperty("num.io.threads", "4");
        p.setProperty("background.threads", "2");
        p.setProperty("log.index.size.max.bytes", "1048576");
        p.setProperty("log.segment.bytes", "67108864");
        p.setProperty("metadata.log.segment.bytes", "16777216");
        // A broker that was killed comes back only when its old session has expired; one that was stopped has said so.
        p.setProperty("broker.session.timeout.ms", "3000");
        p.setProperty("broker.heartbeat.interval.ms", "750");
        return p;
    }

    private record Options(Path log, int port, int controllerPort) {

        static Options parse(List<String> args) throws IOException {
            Path dataDir = null;
            int port = 8413;
            int controllerPort = 8414;
            Iterator<String> words = new ArrayList<>(args).iterator();
            while (words.hasNext()) {
                String word = words.next();
                String value = words.hasNext() ? words.next() : null;
                switch (word) {
                    case "--data-dir" -> dataDir = Path.of(required(word, value));
                    case "--port" -> port = port(word, value);
                    case "--controller-port" -> controllerPort = port(word, value);
                    default -> throw new IllegalArgumentException("unknown option " + word);
                }
            }
            if (dataDir == null) {
                throw new IllegalArgumentException("--data-dir is missing");
            }
            return new Options(dataDir.toAbsolutePath().resolve("log"), port, controllerPort);
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
