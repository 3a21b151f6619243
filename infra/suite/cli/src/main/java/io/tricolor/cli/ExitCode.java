package io.tricolor.cli;

/** How a command ended; scripts decide by it. */
public enum ExitCode {
    DONE(0),
    /** Something else than a refusal: no connection, an answer that is none, a defect of a service. */
    FAILED(1),
    USAGE(2),
    /** The upgrade that was waited for went back. */
    WENT_BACK(3),
    /** The upgrade stands until a person does something. */
    NEEDS_A_PERSON(4),
    /** The service has refused what was asked for; nothing was changed. */
    REFUSED(5),
    /** The time of {@code --timeout} has passed; what was waited for goes on. */
    TIMEOUT(6);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    /** As the process ends with. */
    public int code() {
        return code;
    }
}
