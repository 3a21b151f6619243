package io.tricolor.standalone;

import io.tricolor.standalone.cli.CommandLineInterface;

/** The program behind the script {@code tricolor}. */
public final class Tricolor {

    private Tricolor() {}

    /** Runs one command and ends with its exit code. */
    public static void main(String[] args) {
        System.exit(CommandLineInterface.create().execute(args));
    }
}
