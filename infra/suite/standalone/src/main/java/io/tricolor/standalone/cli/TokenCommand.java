package io.tricolor.standalone.cli;

import io.tricolor.standalone.security.SigningKey;
import io.tricolor.standalone.suite.SuiteControl;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        header = "Prints a token for the APIs of this suite.",
        description = {
            "Signed with the key in the data directory; the suite need not be up. The subject is who the history names.",
            "Example: curl -H \"Authorization: Bearer $(./tricolor token --role operator --subject olivia)\""
                    + " http://127.0.0.1:8401/api/groups"
        })
final class TokenCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Option(
            names = "--role",
            required = true,
            split = ",",
            paramLabel = "ROLE",
            converter = RoleConverter.class,
            description = "${COMPLETION-CANDIDATES}; may be given several times. admin implies the roles of people")
    private List<Role> roles = List.of();

    @Option(
            names = "--subject",
            paramLabel = "NAME",
            defaultValue = "${sys:user.name}",
            description = "who holds the token (default: the current user)")
    private String subject = "";

    @Option(
            names = "--application",
            split = ",",
            paramLabel = "NAME",
            description = "whose configuration it may read, with --role config-client; may be given several times"
                    + " (default: of all)")
    private List<String> applications = List.of();

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "12h",
            converter = TimeConverter.class,
            description = "how long it is valid: 90s, 15m, 12h, 30d (default ${DEFAULT-VALUE})")
    private Duration ttl = Duration.ZERO;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        SuiteControl control = options.control();
        SigningKey key = SigningKey.in(control.suite().security());
        out.println(key.token(subject, roles.stream().map(Role::toString).toList(), applications, Instant.now(), ttl));
        out.flush();
        return 0;
    }

    static final class RoleConverter implements ITypeConverter<Role> {
        @Override
        public Role convert(String value) {
            for (Role role : Role.values()) {
                if (role.toString().equals(value)) {
                    return role;
                }
            }
            throw new TypeConversionException("'" + value + "' is none of " + List.of(Role.values()));
        }
    }

    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            if (!value.matches("[1-9][0-9]{0,8}[smhd]")) {
                throw new TypeConversionException("'" + value + "' is no time such as 90s, 15m, 12h or 30d");
            }
            long amount = Long.parseLong(value.substring(0, value.length() - 1));
            return switch (value.charAt(value.length() - 1)) {
                case 's' -> Duration.ofSeconds(amount);
                case 'm' -> Duration.ofMinutes(amount);
                case 'h' -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
    }
}
