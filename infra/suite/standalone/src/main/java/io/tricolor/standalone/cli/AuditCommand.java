package io.tricolor.standalone.cli;

import io.tricolor.engines.JvmProcess;
import io.tricolor.standalone.security.AuditKey;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Suite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        header = "Proves that the history is the one that was stored.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = AuditCommand.VerifyCommand.class)
final class AuditCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? There is: verify");
    }

    /**
     * Runs the check in a JVM with the class path of strategy-service: what a link is made of is known where links are
     * made, and this program brings no database driver.
     */
    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            header = "Compares every stored event with its chain and with the signed roots.",
            description = {
                "Names what was edited, removed, inserted or moved, and the first root that proves it. Reads only;"
                        + " needs the database, not the service.",
                "Exit code 0: all is as it was stored; 1: something is not; 2: it could not be verified.",
                "The password of another database is taken from the variable TRICOLOR_DATABASE_PASSWORD."
            })
    static final class VerifyCommand implements Callable<Integer> {

        @Mixin
        private final SuiteOptions options = new SuiteOptions();

        @Option(
                names = "--database",
                paramLabel = "URL",
                description = "JDBC address of the database of strategy-service (default: that of the suite)")
        private @Nullable String database;

        @Option(names = "--user", paramLabel = "NAME", defaultValue = "tricolor", description = "user of the database")
        private String user = "";

        @Option(
                names = "--roots",
                paramLabel = "FILE",
                description = "the signed roots, best a copy from where the database's owner cannot write"
                        + " (default: audit/roots.ndjson in the data directory)")
        private @Nullable Path roots;

        @Option(
                names = "--public-key",
                paramLabel = "FILE",
                description = "public half of the key that signs roots (default: that of the suite)")
        private @Nullable Path publicKey;

        @Option(
                names = "--accept-epochs",
                description = "do not fail for what was lost by a restore after which the group began a new epoch")
        private boolean acceptEpochs;

        @Override
        public Integer call() throws IOException, InterruptedException {
            Suite suite = options.control().suite();
            var arguments = new ArrayList<String>();
            arguments.add("--database="
                    + (database != null
                            ? database
                            : "jdbc:postgresql://127.0.0.1:" + suite.port(Port.POSTGRESQL) + "/strategy"));
            arguments.add("--user=" + user);
            arguments.add("--roots=" + (roots != null ? roots : suite.auditRoots()));
            arguments.add("--public-key=" + (publicKey != null ? publicKey : AuditKey.publicKey(suite.security())));
            if (acceptEpochs) {
                arguments.add("--accept-epochs");
            }
            var process = new ProcessBuilder(JvmProcess.command(
                            suite.home().resolve("strategy-service"),
                            "io.tricolor.strategy.audit.AuditVerify",
                            List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                            arguments))
                    .inheritIO();
            process.environment().putIfAbsent("TRICOLOR_DATABASE_PASSWORD", "tricolor");
            return process.start().waitFor();
        }
    }
}
