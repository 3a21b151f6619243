package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "schema",
        mixinStandardHelpOptions = true,
        header = "Prints the JSON Schema of a document, or of a manifest, for editors.")
final class SchemaCommand implements Callable<Integer> {

    private static final Map<String, String> FILES = Map.of(
            "group", "cluster-group",
            "template", "plan-template",
            "freeze", "freeze-calendar",
            "config", "configuration",
            "any", "documents",
            "manifest", "manifest");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = "group",
            description = "group, template, freeze, config, manifest; any refers to the files of the first four beside"
                    + " it (default ${DEFAULT-VALUE})")
    private String kind = "group";

    @Option(names = "--manifest", description = "short for --kind manifest")
    private boolean manifest;

    @Override
    public Integer call() throws IOException {
        String file = FILES.get(manifest ? "manifest" : kind);
        if (file == null) {
            throw CliFailed.usage(
                    "there is no schema of '" + kind + "'", "one of group, template, freeze, config, any");
        }
        try (InputStream schema =
                SchemaCommand.class.getResourceAsStream("/io/tricolor/cli/docs/" + file + ".schema.json")) {
            if (schema == null) {
                throw CliFailed.usage("this build has no schema", null);
            }
            spec.commandLine().getOut().print(new String(schema.readAllBytes(), StandardCharsets.UTF_8));
            spec.commandLine().getOut().flush();
        }
        return 0;
    }
}
