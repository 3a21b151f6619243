package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.World;
import io.tricolor.cli.context.Contexts;
import io.tricolor.cli.context.LocalSuite;
import io.tricolor.cli.context.Place;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Service;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which suite, as whom, and in which form. */
final class ConnectionOptions {

    private static final List<String> USUAL_ROLES =
            List.of("operator", "approver", "config-editor", "config-publisher");

    @Option(names = "--context", paramLabel = "NAME", description = "suite of `tricolor context list`")
    private @Nullable String context;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "a suite on this machine by its data directory, as for ./tricolor up")
    private @Nullable Path dataDir;

    @Option(
            names = "--port-base",
            paramLabel = "PORT",
            description = "first port of a suite on this machine, as for ./tricolor up")
    private @Nullable Integer portBase;

    @Option(
            names = "--as",
            paramLabel = "NAME",
            description = "on a suite of this machine: act as this person (default: the current user)")
    private @Nullable String subject;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            split = ",",
            description = "on a suite of this machine: with these roles (default: all of people but admin)")
    private List<String> roles = List.of();

    @Option(names = "--json", description = "print what the service answers, as JSON")
    private boolean json;

    @Option(
            names = "--request-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "for one whole answer (default ${DEFAULT-VALUE})")
    private Duration patience = Duration.ofSeconds(30);

    boolean isJson() {
        return json;
    }

    Api api(World world) {
        if (patience.isZero()) {
            throw CliFailed.usage("--request-timeout is above 0", null);
        }
        return new Api(place(world), world.time(), patience);
    }

    /** The options as typed, for messages that name a next command. */
    String asTyped() {
        StringBuilder text = new StringBuilder();
        if (context != null) {
            text.append(" --context ").append(context);
        }
        if (dataDir != null) {
            text.append(" --data-dir ").append(dataDir);
        }
        if (portBase != null) {
            text.append(" --port-base ").append(portBase);
        }
        return text.toString();
    }

    private Place place(World world) {
        boolean local = dataDir != null || portBase != null;
        if (local && context != null) {
            throw CliFailed.usage("give --context, or --data-dir and --port-base, not both", null);
        }
        if (!local) {
            String named = context != null ? context : world.variable("TRICOLOR_CONTEXT");
            if (named == null && world.variable("TRICOLOR_STRATEGY_URL") != null) {
                return fromVariables(world);
            }
            Contexts contexts = Contexts.of(world);
            String chosen = named == null ? contexts.current() : named;
            if (chosen != null && !chosen.equals(Contexts.LOCAL)) {
                return place(chosen, contexts.get(chosen), world);
            }
        }
        Optional<LocalSuite> suite = dataDir != null ? Optional.of(LocalSuite.in(dataDir)) : LocalSuite.find(world);
        return suite.map(found -> found.place(
                        portBase,
                        subject == null ? world.user() : subject,
                        roles.isEmpty() ? USUAL_ROLES : roles,
                        world))
                .orElseThrow(() -> CliFailed.usage(
                        "no suite is named, and there is none here",
                        "`tricolor context add NAME --strategy URL --token-file FILE` adds one"));
    }

    private Place place(String name, Contexts.Entry entry, World world) {
        if (subject != null || !roles.isEmpty()) {
            throw CliFailed.usage(
                    "--as and --role are for suites of this machine; in context " + name
                            + " the token says who you are",
                    null);
        }
        return new Place("context " + name, entry.addresses(), token(name, entry, world));
    }

    private static Supplier<String> token(String name, Contexts.Entry entry, World world) {
        return () -> {
            String overriding = world.variable("TRICOLOR_TOKEN");
            if (overriding == null && entry.login() != null) {
                return checked(LoginCommands.current(name, entry, world), "context " + name);
            }
            String file = entry.tokenFile();
            String variable = entry.tokenVariable();
            String token = overriding != null
                    ? overriding
                    : entry.token() != null
                            ? entry.token()
                            : file != null ? read(file, world) : variable != null ? world.variable(variable) : null;
            if (token == null) {
                throw CliFailed.usage(
                        "context " + name + " has no token"
                                + (variable == null ? "" : ": $" + variable + " is not set"),
                        "set $TRICOLOR_TOKEN, or give the context one by `tricolor context add`");
            }
            return checked(token, "context " + name);
        };
    }

    private static String read(String file, World world) {
        Path path = file.startsWith("~/") ? world.home().resolve(file.substring(2)) : Path.of(file);
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw CliFailed.usage("cannot read the token in " + path + ": " + e.getMessage(), null);
        }
    }

    /** What is no token never gets into a header. */
    private static String checked(String token, String from) {
        String stripped = token.strip();
        if (!stripped.matches("[A-Za-z0-9._~+/=-]+")) {
            throw CliFailed.usage("what " + from + " has as a token is none", null);
        }
        return stripped;
    }

    private static Place fromVariables(World world) {
        Map<Service, List<URI>> addresses = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            String value = world.variable("TRICOLOR_" + service.word().toUpperCase(Locale.ROOT) + "_URL");
            if (value != null) {
                addresses.put(
                        service,
                        Arrays.stream(value.split(",", -1))
                                .map(String::strip)
                                .map(Contexts::address)
                                .toList());
            }
        }
        return new Place("the environment ($TRICOLOR_STRATEGY_URL)", addresses, () -> {
            String token = world.variable("TRICOLOR_TOKEN");
            if (token == null) {
                throw CliFailed.usage("$TRICOLOR_STRATEGY_URL is set, $TRICOLOR_TOKEN is not", null);
            }
            return checked(token, "$TRICOLOR_TOKEN");
        });
    }
}
