package io.tricolor.cli;

import io.tricolor.cli.command.CommandLineInterface;

/** The program behind {@code tricolor group list} and its like. */
public final class TricolorCli {

    private TricolorCli() {}

    /** Runs one command and ends with its exit code. */
    public static void main(String[] args) {
        World world = World.real();
        int code = CommandLineInterface.create(world).execute(args);
        world.out().flush();
        System.exit(code);
    }
}
