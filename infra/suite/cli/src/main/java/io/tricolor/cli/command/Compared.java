package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.Declared;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.text.YamlText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something as it is and as a document wants it. */
interface Compared {

    /** Where the document stands. */
    YamlText.Document source();

    /** What it wants. */
    Declared wanted();

    /** What differs; empty: nothing. */
    List<Change> changes();

    /** Refuses what can be refused without asking anybody; there are changes. */
    void check(Terms terms);

    /** Makes it so; there are changes. */
    void apply(Terms terms) throws InterruptedException;

    /**
     * How documents are applied.
     *
     * @param reason null: the file is
     * @param prune whether what a document does not name goes
     * @param force whether what came after the export is overwritten
     * @param asDraft whether configuration is written as a draft
     */
    record Terms(Api api, @Nullable String reason, boolean prune, boolean force, boolean asDraft) {

        String because(YamlText.Document source) {
            return reason == null ? "apply " + source.source() : reason;
        }

        /** Refuses a document that was exported of another version than there is now. */
        void unchanged(Compared one, String member, long now, String hint) {
            Long exported = one.wanted().version();
            if (!force && exported != null && exported != now) {
                String title = one.wanted().title();
                throw CliFailed.of(
                        ExitCode.REFUSED,
                        one.source().place(member) + ": " + Character.toLowerCase(title.charAt(0)) + title.substring(1)
                                + " was at " + member + " " + exported + " when this was exported and is at " + now
                                + " now; nothing was changed",
                        hint + "; export again, or --force");
            }
        }
    }

    /** What to do when somebody else was faster. */
    static CliFailed raced(CliFailed failure, String what, String hint) {
        return switch (failure.code()) {
            case "VERSION_MISMATCH", "CONCURRENT_CHANGE", "FREEZE_WINDOW_EXISTS" ->
                failure.explained(
                        failure.getMessage() + ": somebody else has changed " + what + " at the same time",
                        hint + "; then the same `apply` again does what is left");
            default -> failure;
        };
    }
}
