package io.tricolor.cli;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A command could not do what it was asked for. The message is one line for a person. */
public final class CliFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;
    private final @Nullable String hint;
    private final transient @Nullable JsonNode problem;

    private CliFailed(ExitCode exitCode, String message, @Nullable String hint, @Nullable JsonNode problem) {
        super(message);
        this.exitCode = exitCode;
        this.hint = hint;
        this.problem = problem;
    }

    /** With what to do about it; null when that is plain. */
    public static CliFailed of(ExitCode exitCode, String message, @Nullable String hint) {
        return new CliFailed(exitCode, message, hint, null);
    }

    /** Wrong words, files or settings: nothing was sent. */
    public static CliFailed usage(String message, @Nullable String hint) {
        return of(ExitCode.USAGE, message, hint);
    }

    /** What a service answered. */
    public static CliFailed answered(ExitCode exitCode, String message, @Nullable String hint, JsonNode problem) {
        return new CliFailed(exitCode, message, hint, problem);
    }

    public ExitCode exitCode() {
        return exitCode;
    }

    public @Nullable String hint() {
        return hint;
    }

    /** The problem document; null when the failure is not one of a service. */
    public @Nullable JsonNode problem() {
        return problem;
    }

    /** The stable code of the problem; empty when there is none. */
    public String code() {
        return problem == null ? "" : problem.path("code").asString("");
    }

    /** The same with other words and another hint. */
    public CliFailed explained(String newMessage, @Nullable String newHint) {
        return new CliFailed(exitCode, newMessage, newHint, problem);
    }
}
