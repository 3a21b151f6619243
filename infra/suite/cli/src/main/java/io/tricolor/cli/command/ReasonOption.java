package io.tricolor.cli.command;

import picocli.CommandLine.Option;

/** Why. */
final class ReasonOption {

    @Option(
            names = {"-r", "--reason"},
            required = true,
            paramLabel = "TEXT",
            description = "why; the history keeps it")
    String reason = "";
}
