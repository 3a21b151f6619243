package io.tricolor.standalone.suite;

import io.tricolor.engines.ProcessIdentity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The background process of a suite. It starts and watches the others and ends on SIGTERM, after them. When it is
 * killed they run on; the next one finds them again.
 */
public final class SupervisorProcess {

    static final String NAME = "supervisor";

    private SupervisorProcess() {}

    /** Arguments: checkout, data directory, port base. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var suite = new Suite(Path.of(args[0]), Path.of(args[1]), Integer.parseInt(args[2]));
        Files.createDirectories(suite.dataDir());
        try (FileChannel channel =
                        FileChannel.open(suite.lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock == null) {
                say("another supervisor runs on " + suite.dataDir());
                System.exit(1);
            }
            run(suite);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static void run(Suite suite) throws IOException, InterruptedException {
        ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
        self.write(suite.pidFile(NAME));
        List<Part> parts = new Parts(suite).all();
        var supervisor = new Supervisor(suite, parts, Backoff.standard(), Clock.systemUTC(), SupervisorProcess::say);
        var done = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            say("stopping");
                            supervisor.stop();
                            forget(suite);
                            say("stopped");
                            done.countDown();
                        },
                        "stop-suite"));
        say("supervising " + suite.dataDir() + ", ports from " + suite.portBase());
        supervisor.start();
        done.await();
    }

    private static void forget(Suite suite) {
        try {
            Files.deleteIfExists(suite.stateFile());
            Files.deleteIfExists(suite.pidFile(NAME));
        } catch (IOException e) {
            say("cannot clean up: " + e);
        }
    }

    @SuppressWarnings("SystemOut") // standard output is this process's log
    private static void say(String text) {
        System.out.println(Instant.now() + " " + text);
    }
}
