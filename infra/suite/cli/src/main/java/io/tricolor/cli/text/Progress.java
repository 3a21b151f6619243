package io.tricolor.cli.text;

import java.io.PrintWriter;

/** Tells how something goes: one changing line on a terminal, a line for each change elsewhere. */
public final class Progress implements AutoCloseable {

    private static final String CLEAR = "\r\u001B[K";

    private final PrintWriter out;
    private final Terminal terminal;
    private String last = "";
    private boolean pending;

    /** Writes to {@code out}, which is {@code terminal}. */
    public Progress(PrintWriter out, Terminal terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * Shows where it stands.
     *
     * @param what changes only when something has happened
     * @param clock how long it has taken; shown on a terminal only
     */
    public void show(String what, String clock) {
        String plain = Plain.line(what);
        if (terminal.isInteractive()) {
            String line = plain + (clock.isEmpty() ? "" : "  " + clock);
            out.print(CLEAR + Plain.fitted(line, terminal.width() - 1));
            pending = true;
        } else if (!plain.equals(last)) {
            out.println(plain);
        }
        last = plain;
        out.flush();
    }

    /** Writes a line that stays. */
    public void line(String text) {
        clear();
        out.println(Plain.line(text));
        out.flush();
    }

    private void clear() {
        if (pending) {
            out.print(CLEAR);
            pending = false;
        }
    }

    /** Takes the changing line away. */
    @Override
    public void close() {
        clear();
        out.flush();
    }
}
