package io.tricolor.strategy.audit;

import io.tricolor.contracts.audit.AuditRootSigned;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The program behind {@code ./tricolor audit verify}. It needs the database, the file with the roots and the public
 * key; the service need not run, and nothing is written.
 */
public final class AuditVerify {

    private static final int SOUND = 0;
    private static final int CHANGED = 1;
    private static final int WRONG_USE = 2;

    private static final Set<String> OPTIONS =
            Set.of("--database", "--user", "--roots", "--public-key", "--accept-epochs");

    private AuditVerify() {}

    /** Exit code 0: everything is as it was stored; 1: something is not; 2: it could not be verified. */
    public static void main(String[] args) {
        System.exit(run(args, System.getenv("TRICOLOR_DATABASE_PASSWORD"), System.out, System.err));
    }

    static int run(String[] args, @Nullable String password, PrintStream out, PrintStream err) {
        Map<String, String> options = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            if (!OPTIONS.contains(name)) {
                err.println("audit verify: there is no option " + name);
                return WRONG_USE;
            }
            options.put(name, equals < 0 ? "" : arg.substring(equals + 1));
        }
        for (String needed : List.of("--database", "--roots", "--public-key")) {
            if (!options.containsKey(needed)) {
                err.println("audit verify: " + needed + " is missing");
                return WRONG_USE;
            }
        }
        try {
            Path file = Path.of(options.get("--roots"));
            List<AuditRootSigned> roots = new RootsFile(file).after(0);
            PublicKey key = AuditKey.publicKey(Path.of(options.get("--public-key")));
            if (!Files.exists(file)) {
                out.println("There is no " + file + ": only the chain within the database is verified.");
            }
            try (Connection database = DriverManager.getConnection(
                    options.get("--database"), options.getOrDefault("--user", "tricolor"), password)) {
                database.setAutoCommit(false);
                try (Statement snapshot = database.createStatement()) {
                    snapshot.execute("set transaction isolation level repeatable read read only");
                }
                return tell(AuditVerification.of(database, roots, key), options.containsKey("--accept-epochs"), out);
            }
        } catch (IOException | SQLException e) {
            err.println("audit verify: " + e.getMessage());
            return WRONG_USE;
        }
    }

    private static int tell(AuditVerification.Report report, boolean acceptEpochs, PrintStream out) {
        boolean sound = true;
        for (Finding finding : report.findings()) {
            boolean accepted = acceptEpochs && finding.kind() == Finding.Kind.SUPERSEDED;
            sound &= accepted;
            String what = finding.stream() == null
                    ? "root " + finding.sequence()
                    : "group " + finding.stream() + ", event " + finding.sequence();
            String proof = finding.stream() == null
                    ? ""
                    : finding.root() == null
                            ? " (known from the chain within the database; no root covers it)"
                            : " (proven by root " + finding.root() + ")";
            out.println((accepted ? "accepted: " : "") + finding.kind() + " " + what + ": " + finding.detail() + proof);
        }
        out.println(report.events() + " events of " + report.streams() + " groups compared, "
                + (report.lastRoot() == null ? "no root" : "roots " + report.firstRoot() + " to " + report.lastRoot())
                + "; " + report.uncovered() + " events are chained and in no root yet, " + report.unchained()
                + " not chained yet");
        out.println(sound ? "All of it is as it was stored." : "NOT as it was stored.");
        return sound ? SOUND : CHANGED;
    }
}
