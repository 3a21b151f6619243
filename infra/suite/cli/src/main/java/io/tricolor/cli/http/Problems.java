package io.tricolor.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What to do about a problem: in words of this command line, or as docs/problems.md says. */
public final class Problems {

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| [0-9]+ \\| (?:.*?) \\| (.*?) \\|\\h*$");
    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\([^)]*\\)");

    private static final Map<String, String> OWN = Map.ofEntries(
            Map.entry("GROUP_NOT_FOUND", "`tricolor group list` lists them"),
            Map.entry("CLUSTER_NOT_FOUND", "`tricolor cluster list GROUP` lists them; names are upper case"),
            Map.entry("UPGRADE_NOT_FOUND", "`tricolor upgrade list GROUP` lists them"),
            Map.entry("ROLLBACK_POINT_NOT_FOUND", "`tricolor rollback points GROUP` lists them"),
            Map.entry("ROUTER_NOT_FOUND", "`tricolor router list` lists them"),
            Map.entry("NAMESPACE_NOT_FOUND", "`tricolor config list` lists them"),
            Map.entry("REVISION_NOT_FOUND", "`tricolor config history NAMESPACE` lists them"),
            Map.entry("UPGRADE_RUNNING", "`tricolor upgrade show GROUP` shows it; wait for it, or abort it"),
            Map.entry("NO_APPROVAL_PENDING", "`tricolor upgrade show GROUP` shows the step that runs"),
            Map.entry("APPROVER_IS_REQUESTER", "somebody else has to; on a suite of this machine --as NAME"),
            Map.entry("UNAUTHENTICATED", "the token is missing, expired or of another suite: `tricolor context list`"),
            Map.entry("NOT_FOUND", "is this the address of this service, and as new as this command?"),
            Map.entry("GROUP_AHEAD", "find out why; then an admin begins a new epoch"));

    private static final Map<String, String> DOCUMENTED = documented();

    private Problems() {}

    /** What to do; null when nothing is known, or the detail of the problem says it. */
    public static @Nullable String advice(String code) {
        String own = OWN.get(code);
        String documented = own == null ? DOCUMENTED.get(code) : own;
        // The message shows the detail already.
        return documented == null || documented.contains("`detail`") ? null : documented;
    }

    private static Map<String, String> documented() {
        Map<String, String> advice = new HashMap<>();
        try (InputStream page = Problems.class.getResourceAsStream("/io/tricolor/cli/docs/problems.md")) {
            if (page != null) {
                ROW.matcher(new String(page.readAllBytes(), StandardCharsets.UTF_8))
                        .results()
                        .forEach(row -> advice.put(
                                row.group(1),
                                LINK.matcher(row.group(2)).replaceAll("$1").strip()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return advice;
    }
}
