package io.tricolor.standalone.cli;

import io.tricolor.engines.TricolorHome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "test",
        header = "Builds everything and runs all tests: mvn verify.",
        description = {
            "As root on a machine with apt-get, the script first installs the Debian packages that tests need and that are not"
                    + " there. Engines are started as processes on free ports; nothing is left running.",
            "More words are passed to Maven, for example: ./tricolor test -pl strategy-service -am"
        },
        mixinStandardHelpOptions = true)
final class TestCommand implements Callable<Integer> {

    @Parameters(arity = "0..*", paramLabel = "MAVEN-OPTION", description = "passed to Maven")
    private List<String> more = List.of();

    @Override
    public Integer call() throws IOException, InterruptedException {
        var command = new ArrayList<String>(List.of("mvn", "-B", "-ntp", "verify"));
        command.addAll(more);
        return new ProcessBuilder(command)
                .directory(TricolorHome.find().toFile())
                .inheritIO()
                .start()
                .waitFor();
    }
}
