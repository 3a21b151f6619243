package io.tricolor.standalone.suite;

import io.tricolor.engines.JvmProcess;
import java.net.URI;
import java.nio.file.Path;

/**
 * Where one suite lives.
 *
 * @param home the checkout that it is built from
 * @param dataDir everything that it writes
 * @param portBase first of its ports; see {@link Port}
 */
public record Suite(Path home, Path dataDir, int portBase) {

    /** Port base when nothing else is said. */
    public static final int DEFAULT_PORT_BASE = 8400;

    /** Last port of a suite, relative to its base: the last one for an instance of a released application. */
    static final int LAST_PORT = 399;

    /** Makes the paths absolute and refuses a port base that leaves no room. */
    public Suite {
        if (portBase < 1024 || portBase + LAST_PORT > 65535) {
            throw new IllegalArgumentException(
                    "the port base must be between 1024 and " + (65535 - LAST_PORT) + ", not " + portBase);
        }
        home = home.toAbsolutePath().normalize();
        dataDir = dataDir.toAbsolutePath().normalize();
    }

    /** Number of a port of this suite. */
    public int port(Port port) {
        return portBase + port.offset();
    }

    /** Root of what is served on a port, without a slash at the end. */
    public URI url(Port port) {
        return URI.create("http://127.0.0.1:" + port(port));
    }

    /** Keys and tokens. */
    public Path security() {
        return dataDir.resolve("security");
    }

    /** Signed roots of the history: outside the database. */
    public Path auditRoots() {
        return dataDir.resolve("audit").resolve("roots.ndjson");
    }

    /** Log of one process. */
    public Path log(String process) {
        return dataDir.resolve("logs").resolve(process + ".log");
    }

    /** A copy of the jar that a module of the checkout was built to; later builds leave it alone. */
    public Path artifact(Path moduleDirectory) {
        return new Staging(home, dataDir.resolve("artifacts")).copy(JvmProcess.jar(moduleDirectory));
    }

    Path pidFile(String process) {
        return dataDir.resolve("run").resolve(process + ".pid");
    }

    Path stateFile() {
        return dataDir.resolve("state.json");
    }

    Path lockFile() {
        return dataDir.resolve("supervisor.lock");
    }
}
