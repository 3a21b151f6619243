package io.tricolor.nginxtemplate;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** Failures as people read them. */
final class Failure {

    private Failure() {}

    /** What went wrong; the kind of failure where its message alone does not tell. */
    static String why(IOException failure) {
        String message = failure.getMessage();
        if (message == null) {
            return failure.getClass().getSimpleName();
        }
        return failure instanceof FileSystemException
                ? message + " (" + failure.getClass().getSimpleName() + ")"
                : message;
    }
}
