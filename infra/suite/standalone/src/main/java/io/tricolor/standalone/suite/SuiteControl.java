package io.tricolor.standalone.suite;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.EngineFailed;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.PostgresEngine;
import io.tricolor.engines.ProcessIdentity;
import io.tricolor.engines.ProcessSpec;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Starts, asks and stops a suite from another process than its supervisor. */
public final class SuiteControl {

    private static final Duration POLL = Duration.ofMillis(150);
    private static final Duration LONGEST_STOP = Duration.ofMinutes(3);

    private final Suite suite;
    private final StateFile stateFile;

    /** Control over the suite at a place, whether it is up or not. */
    public SuiteControl(Suite suite) {
        this.suite = suite;
        this.stateFile = new StateFile(suite.stateFile());
    }

    /** The port base that the suite in a data directory was started with, if it was not stopped in an orderly way. */
    public static Optional<Integer> portBaseOf(Path dataDir) {
        try {
            return new StateFile(dataDir.toAbsolutePath().resolve("state.json"))
                    .read()
                    .map(SuiteView::portBase);
        } catch (IOException e) {
            throw new SuiteFailed("cannot read " + dataDir + ": " + e.getMessage(), e);
        }
    }

    /** The suite that is under control. */
    public Suite suite() {
        return suite;
    }

    /** Whether the supervisor runs. */
    public boolean isUp() {
        return supervisor().isPresent();
    }

    /** What the supervisor said last; empty when it does not run or has not said anything yet. */
    public Optional<SuiteView> view() {
        Optional<ProcessHandle> running = supervisor();
        if (running.isEmpty()) {
            return Optional.empty();
        }
        try {
            return stateFile
                    .read()
                    .filter(view -> view.supervisorPid() == running.get().pid());
        } catch (IOException e) {
            throw new SuiteFailed("cannot read " + suite.stateFile() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Chooses the router for this start and the ones after it.
     *
     * @throws SuiteFailed when the suite is up with the other one
     */
    public void choose(Router router) {
        if (router == Router.of(suite)) {
            return;
        }
        if (isUp()) {
            throw new SuiteFailed(
                    "The suite is up with the router " + Router.of(suite).process() + "; stop it first"
                            + " (./tricolor down) to start it with " + router.process() + ".");
        }
        router.choose(suite);
    }

    /** Names of the processes of a suite. */
    public List<String> names() {
        return new Parts(suite).all().stream().map(Part::name).toList();
    }

    /**
     * Starts the supervisor in the background, out of reach of the terminal's signals.
     *
     * @throws SuiteFailed when a port is taken or a module is not built
     */
    public void launch() {
        List<Part> parts = new Parts(suite).all();
        refuseTakenPorts(parts);
        try {
            for (Part part : parts) {
                ProcessSpec _ = part.spec().get();
            }
        } catch (EngineFailed e) {
            throw new SuiteFailed(String.valueOf(e.getMessage()), e);
        }
        List<String> java = new Staging(suite.home(), suite.dataDir().resolve("lib"))
                .stage(JvmProcess.command(
                        suite.home().resolve("infra/suite/standalone"),
                        SupervisorProcess.class.getName(),
                        supervisorFlags(),
                        List.of(
                                suite.home().toString(),
                                suite.dataDir().toString(),
                                Integer.toString(suite.portBase()))));
        try {
            Files.createDirectories(suite.dataDir());
            Files.createDirectories(suite.log(SupervisorProcess.NAME).resolveSibling("."));
            new ProcessBuilder(detached(java))
                    .directory(suite.dataDir().toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            suite.log(SupervisorProcess.NAME).toFile()))
                    .start();
        } catch (IOException e) {
            throw new SuiteFailed("cannot start the supervisor: " + e.getMessage(), e);
        }
    }

    /**
     * Follows a start until every process is settled.
     *
     * @param progress called with each view
     * @return the settled view
     * @throws SuiteFailed when the supervisor ends or nothing settles within {@code patience}
     */
    public SuiteView follow(Consumer<SuiteView> progress, Duration patience) throws InterruptedException {
        long began = System.nanoTime();
        while (System.nanoTime() - began < patience.toNanos()) {
            Optional<SuiteView> view = view();
            view.ifPresent(progress);
            if (view.isPresent() && view.get().isSettled()) {
                return view.get();
            }
            boolean hadTime = System.nanoTime() - began > Duration.ofSeconds(10).toNanos();
            if (hadTime && !isUp()) {
                throw new SuiteFailed("the supervisor has ended; see " + suite.log(SupervisorProcess.NAME));
            }
            Thread.sleep(POLL);
        }
        throw new SuiteFailed("the suite has not started within " + patience.toSeconds() + " s");
    }

    /**
     * Stops everything, also what a killed supervisor left behind.
     *
     * @param progress called with each view while the supervisor stops
     * @return whether anything was running
     */
    public boolean stop(Consumer<SuiteView> progress) throws InterruptedException {
        Optional<ProcessHandle> running = supervisor();
        Optional<ProcessIdentity> identity = running.map(ProcessHandle::pid).flatMap(ProcessIdentity::of);
        if (running.isPresent() && identity.isPresent()) {
            running.get().destroy();
            long began = System.nanoTime();
            // It forgets its pid file a moment before it ends, and holds the lock until then.
            while (identity.get().find().isPresent()) {
                view().ifPresent(progress);
                if (System.nanoTime() - began > LONGEST_STOP.toNanos()) {
                    running.get().destroyForcibly();
                }
                Thread.sleep(POLL);
            }
        }
        // A supervisor that ends in an orderly way removes it.
        boolean leftovers = Files.exists(suite.stateFile()) && stopLeftovers();
        try {
            Files.deleteIfExists(suite.stateFile());
            Files.deleteIfExists(suite.pidFile(SupervisorProcess.NAME));
        } catch (IOException e) {
            throw new SuiteFailed("cannot clean up " + suite.dataDir() + ": " + e.getMessage(), e);
        }
        return running.isPresent() || leftovers;
    }

    private boolean stopLeftovers() {
        List<Part> parts = new ArrayList<>(new Parts(suite).leftovers());
        Collections.reverse(parts);
        boolean any = false;
        var failures = new ArrayList<String>();
        for (Part part : parts) {
            ProcessSpec leftover = ProcessSpec.of(part.name(), suite.dataDir())
                    .pidFile(part.pidFile(suite))
                    .stopSignal(part.name().equals("postgresql") ? PostgresEngine.STOP_SIGNAL : "TERM")
                    .stopTimeout(Duration.ofSeconds(20))
                    .outlivesParent(true)
                    .build();
            try {
                part.beforeStop().run();
            } catch (EngineFailed e) {
                failures.add(String.valueOf(e.getMessage()));
            }
            Optional<ChildProcess> found = ChildProcess.adopt(leftover);
            if (found.isPresent()) {
                any = true;
                found.get().stop();
            }
        }
        if (!failures.isEmpty()) {
            throw new SuiteFailed("not everything could be stopped: " + String.join("; ", failures));
        }
        return any;
    }

    private void refuseTakenPorts(List<Part> parts) {
        var taken = new ArrayList<String>();
        for (Part part : parts) {
            boolean ours = ChildProcess.adopt(ProcessSpec.of(part.name(), suite.dataDir())
                            .pidFile(part.pidFile(suite))
                            .build())
                    .isPresent();
            for (int port : part.ports()) {
                if (!ours && !Ports.isFree(port)) {
                    taken.add("port " + port + " for " + part.name() + " is used by "
                            + PortOwner.find(port).orElse("another process"));
                }
            }
        }
        if (!taken.isEmpty()) {
            throw new SuiteFailed(String.join("\n", taken)
                    + "\nStop what uses them, or choose other ports with --port-base (and another --data-dir for a second"
                    + " suite).");
        }
    }

    private Optional<ProcessHandle> supervisor() {
        try {
            return ProcessIdentity.read(suite.pidFile(SupervisorProcess.NAME)).flatMap(ProcessIdentity::find);
        } catch (IOException e) {
            throw new SuiteFailed("cannot read the supervisor's pid: " + e.getMessage(), e);
        }
    }

    private List<String> supervisorFlags() {
        var flags = new ArrayList<String>(List.of("-Xms8m", "-Xmx32m", "-Xss512k", "-Dtricolor.home=" + suite.home()));
        flags.addAll(JvmProcess.SMALL);
        return flags;
    }

    /** A session of its own where the machine has {@code setsid}; else deaf to Ctrl-C and to the terminal's end. */
    private static List<String> detached(List<String> command) {
        var words = new ArrayList<String>();
        boolean hasSetsid =
                List.of("/usr/bin/setsid", "/bin/setsid").stream().anyMatch(file -> Files.isExecutable(Path.of(file)));
        if (hasSetsid) {
            words.add("setsid");
        } else {
            words.addAll(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
        }
        words.addAll(command);
        return words;
    }
}
