package io.tricolor.engines;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One Kafka broker in a JVM of its own; what it acknowledged survives {@link #kill} and {@link #restart}. */
public final class KafkaEngine extends ProcessEngine {

    private final int port;

    private KafkaEngine(ChildProcess process, int port) {
        super(process);
        this.port = port;
    }

    /** Starts a broker on free ports with its data under {@code dir} and waits until it answers. */
    public static KafkaEngine start(Path dir) {
        int port = Ports.free();
        return new KafkaEngine(
                ChildProcess.start(
                        spec(dir, port, Ports.free(), JvmProcess.SMALL).build()),
                port);
    }

    /** How to start a broker, for a caller that supervises it itself. */
    public static ProcessSpec.Builder spec(Path dir, int port, int controllerPort, List<String> jvmFlags) {
        var flags = new ArrayList<String>(List.of("-Xms32m", "-Xmx256m"));
        flags.addAll(jvmFlags);
        return ProcessSpec.of("kafka", dir)
                .command(JvmProcess.command(
                        TricolorHome.find().resolve("infra/suite/engines/kafka"),
                        "io.tricolor.engines.kafka.KafkaBroker",
                        flags,
                        List.of(
                                "--data-dir", dir.toAbsolutePath().toString(),
                                "--port", Integer.toString(port),
                                "--controller-port", Integer.toString(controllerPort))))
                .readiness(Readiness.kafka(port))
                .startTimeout(Duration.ofSeconds(90))
                .stopTimeout(Duration.ofSeconds(15));
    }

    /** Value for {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }
}
