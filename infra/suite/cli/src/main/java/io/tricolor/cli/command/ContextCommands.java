package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.World;
import io.tricolor.cli.context.Contexts;
import io.tricolor.cli.context.LocalSuite;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "context",
        mixinStandardHelpOptions = true,
        header = "The suites that you work with.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ContextCommands.Add.class,
            ContextCommands.Use.class,
            ContextCommands.ListContexts.class,
            ContextCommands.Remove.class
        })
final class ContextCommands extends CommandOfCommands {

    /** About the file of this user. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class OfFile implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        final World world() {
            return ((CommandLineInterface.Root) spec.root().userObject()).world();
        }

        @Override
        public final Integer call() {
            run(Contexts.of(world()));
            world().out().flush();
            return 0;
        }

        abstract void run(Contexts contexts);
    }

    @Command(
            name = "add",
            header = "Adds a suite, or changes it.",
            description = "A service on several machines has several addresses: they are tried in turn.")
    static final class Add extends OfFile {

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Option(
                names = "--strategy",
                required = true,
                split = ",",
                paramLabel = "URL",
                description = "strategy-service")
        private List<String> strategy = List.of();

        @Option(names = "--deploy", split = ",", paramLabel = "URL", description = "deploy-service")
        private List<String> deploy = List.of();

        @Option(names = "--config", split = ",", paramLabel = "URL", description = "config-service")
        private List<String> config = List.of();

        @Option(names = "--log", split = ",", paramLabel = "URL", description = "log-gateway")
        private List<String> log = List.of();

        @Option(
                names = "--token",
                paramLabel = "TOKEN",
                description =
                        "kept in the file; - reads it from the input, so that no other user of this machine sees it")
        private @Nullable String token;

        @Option(names = "--token-file", paramLabel = "FILE", description = "read anew for each command")
        private @Nullable String tokenFile;

        @Option(
                names = "--token-variable",
                paramLabel = "NAME",
                description = "variable of the environment that has it")
        private @Nullable String tokenVariable;

        @Option(names = "--use", description = "make it the one that counts")
        private boolean use;

        @Override
        void run(Contexts contexts) {
            long given = Stream.of(
                            Optional.ofNullable(token),
                            Optional.ofNullable(tokenFile),
                            Optional.ofNullable(tokenVariable))
                    .filter(Optional::isPresent)
                    .count();
            if (given > 1) {
                throw CliFailed.usage("give one of --token, --token-file and --token-variable", null);
            }
            Map<Service, List<URI>> addresses = new EnumMap<>(Service.class);
            put(addresses, Service.STRATEGY, strategy);
            put(addresses, Service.DEPLOY, deploy);
            put(addresses, Service.CONFIG, config);
            put(addresses, Service.LOG, log);
            contexts.put(name, new Contexts.Entry(addresses, token(), tokenFile, tokenVariable, null));
            if (use) {
                contexts.use(name);
            }
            world().out()
                    .println("Context " + name + " is in " + contexts.file()
                            + (use
                                    ? " and counts from now on."
                                    : ". `tricolor context use " + name + "` makes it the one that counts."));
            addresses.values().stream()
                    .flatMap(List::stream)
                    .filter(ContextCommands::isOpen)
                    .forEach(address -> world().err()
                            .println("Note: " + address + " is not https; your token goes there as it is."));
        }

        private @Nullable String token() {
            if (token == null || !token.equals("-")) {
                return token;
            }
            try {
                return new String(world().in().readAllBytes(), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                throw CliFailed.usage("cannot read the token: " + e.getMessage(), null);
            }
        }

        private static void put(Map<Service, List<URI>> addresses, Service service, List<String> urls) {
            if (!urls.isEmpty()) {
                addresses.put(service, urls.stream().map(Contexts::address).toList());
            }
        }
    }

    private static boolean isOpen(URI address) {
        String host = address.getHost();
        return "http".equals(address.getScheme())
                && !host.equals("localhost")
                && !host.startsWith("127.")
                && !host.equals("[::1]");
    }

    @Command(name = "use", header = "Makes a context the one that counts; local is the suite on this machine.")
    static final class Use extends OfFile {

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        void run(Contexts contexts) {
            contexts.use(name);
            world().out().println("Context " + name + " counts from now on.");
        }
    }

    @Command(name = "list", header = "Lists the contexts; * counts now.")
    static final class ListContexts extends OfFile {

        @Override
        void run(Contexts contexts) {
            Table table = new Table(
                    "", "CONTEXT", "STRATEGY-SERVICE", "DEPLOY-SERVICE", "CONFIG-SERVICE", "LOG-GATEWAY", "TOKEN");
            String variable = world().variable("TRICOLOR_CONTEXT");
            String counting = variable == null ? contexts.current() : variable;
            contexts.entries()
                    .forEach((name, entry) -> table.row(
                            name.equals(counting) ? "*" : "",
                            name,
                            addresses(entry, Service.STRATEGY),
                            addresses(entry, Service.DEPLOY),
                            addresses(entry, Service.CONFIG),
                            addresses(entry, Service.LOG),
                            entry.tokenFrom()));
            boolean local = counting == null || counting.equals(Contexts.LOCAL);
            LocalSuite.find(world())
                    .filter(LocalSuite::isThere)
                    .ifPresent(suite -> table.row(
                            local ? "*" : "",
                            Contexts.LOCAL,
                            "the suite in " + suite.dataDir(),
                            "",
                            "",
                            "",
                            "signed with its key"));
            if (table.isEmpty()) {
                world().out().println("There are none. `tricolor context add NAME --strategy URL` adds one.");
            } else {
                table.lines(world().terminal()).forEach(world().out()::println);
            }
        }

        private static String addresses(Contexts.Entry entry, Service service) {
            return String.join(
                    ", ",
                    entry.addresses().getOrDefault(service, List.of()).stream()
                            .map(URI::toString)
                            .toList());
        }
    }

    @Command(name = "remove", header = "Forgets a context.")
    static final class Remove extends OfFile {

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        void run(Contexts contexts) {
            contexts.remove(name);
            world().out().println("Context " + name + " is forgotten.");
        }
    }
}
