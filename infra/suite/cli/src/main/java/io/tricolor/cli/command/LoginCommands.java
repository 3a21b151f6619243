package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.context.Contexts;
import io.tricolor.cli.http.IdentityProvider;
import io.tricolor.cli.http.IdentityProvider.Answer;
import io.tricolor.cli.text.Plain;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Logins of contexts by an identity provider. */
final class LoginCommands {

    private static final String DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

    /** Another token is asked for so long before one ends. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private static final Duration USUAL_INTERVAL = Duration.ofSeconds(5);
    private static final Duration USUAL_LIFE = Duration.ofMinutes(10);

    private LoginCommands() {}

    /** About one context. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class OfContext implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        @Option(names = "--context", paramLabel = "NAME", description = "suite of `tricolor context list`")
        private @Nullable String context;

        @Override
        public final Integer call() throws InterruptedException {
            World world = ((CommandLineInterface.Root) spec.root().userObject()).world();
            Contexts contexts = Contexts.of(world);
            String named = context == null ? world.variable("TRICOLOR_CONTEXT") : context;
            String name = named == null ? contexts.current() : named;
            if (name == null || name.equals(Contexts.LOCAL)) {
                throw CliFailed.usage(
                        "no context is named, and none counts",
                        "`tricolor context add NAME --strategy URL --use` adds one; a suite of this machine needs no"
                                + " login");
            }
            run(name, contexts, world);
            world.out().flush();
            return 0;
        }

        abstract void run(String name, Contexts contexts, World world) throws InterruptedException;
    }

    @Command(
            name = "login",
            header = "Logs in to a suite by its identity provider: you confirm a code in a browser, on any machine.",
            description = "The token is kept in the context and renewed while the provider allows it.")
    static final class Login extends OfContext {

        @Option(
                names = "--issuer",
                paramLabel = "URL",
                description = "of the tokens that the suite takes (default: that of the last login)")
        private @Nullable URI issuer;

        @Option(
                names = "--client-id",
                paramLabel = "ID",
                description = "the command line at the provider (default: of the last login, or tricolor-cli)")
        private @Nullable String clientId;

        @Option(
                names = "--scope",
                paramLabel = "SCOPES",
                defaultValue = "openid",
                description = "default ${DEFAULT-VALUE}; offline_access lets some providers renew for longer")
        private String scope = "openid";

        @Override
        void run(String name, Contexts contexts, World world) throws InterruptedException {
            Contexts.Entry entry = contexts.get(name);
            Contexts.Login last = entry.login();
            URI by = issuer != null ? issuer : last == null ? null : last.issuer();
            if (by == null || by.getHost() == null) {
                throw CliFailed.usage(
                        "--issuer names the identity provider, as https://login.example/realms/shop", null);
            }
            String as = clientId != null ? clientId : last == null ? "tricolor-cli" : last.clientId();
            IdentityProvider provider = new IdentityProvider(by);
            Answer asked = provider.askForCode(Map.of("client_id", as, "scope", scope));
            String device = asked.body().path("device_code").asString("");
            String place = asked.body().path("verification_uri").asString("");
            if (asked.status() != 200 || device.isEmpty() || place.isEmpty()) {
                throw refused("it gives no code", asked);
            }
            String code = asked.body().path("user_code").asString("");
            String whole = asked.body().path("verification_uri_complete").asString(place);
            world.out().println("Open " + Plain.line(whole));
            world.out()
                    .println("and confirm the code " + Plain.line(code) + ", if it asks for one at "
                            + Plain.line(place));
            world.out().flush();
            Contexts.Entry logged = kept(entry, by, as, confirmed(provider, as, device, asked.body(), world), world);
            contexts.put(name, logged);
            world.out()
                    .println("You are " + Plain.line(subject(String.valueOf(logged.token()))) + " in context " + name
                            + (renewable(logged)
                                    ? "; the token is renewed by itself."
                                    : " until " + expiry(logged) + "."));
        }

        /** Asks again and again until the person has confirmed, or will not. */
        private static Answer confirmed(
                IdentityProvider provider, String client, String device, JsonNode asked, World world)
                throws InterruptedException {
            Duration interval = seconds(asked.path("interval"), USUAL_INTERVAL);
            Duration end = world.time().passed().plus(seconds(asked.path("expires_in"), USUAL_LIFE));
            Map<String, String> question = Map.of("grant_type", DEVICE, "device_code", device, "client_id", client);
            while (world.time().passed().compareTo(end) < 0) {
                world.time().pause(interval);
                Answer answer = provider.askForToken(question);
                if (answer.status() == 200) {
                    return answer;
                }
                switch (answer.error()) {
                    case "authorization_pending" -> {}
                    case "slow_down" -> interval = interval.plus(USUAL_INTERVAL);
                    default -> throw refused("it gives no token", answer);
                }
            }
            throw CliFailed.of(
                    ExitCode.TIMEOUT, "nobody has confirmed the code in time", "`tricolor login` asks again");
        }
    }

    @Command(name = "logout", header = "Forgets the token of a context.")
    static final class Logout extends OfContext {

        @Override
        void run(String name, Contexts contexts, World world) {
            Contexts.Entry entry = contexts.get(name);
            if (entry.login() == null) {
                throw CliFailed.usage("nobody is logged in to context " + name, null);
            }
            contexts.put(name, entry.with(null, null));
            world.out().println("The token of context " + name + " is forgotten.");
        }
    }

    /** The token of a context that somebody is logged in to, renewed when it ends soon. */
    static String current(String name, Contexts.Entry entry, World world) {
        Contexts.Login login = entry.login();
        String token = entry.token();
        if (login == null || token == null) {
            throw new IllegalArgumentException("nobody is logged in to " + name);
        }
        if (world.time().now().plus(MARGIN).isBefore(login.expires())) {
            return token;
        }
        String again = "`tricolor login --context " + name + "` begins another one";
        String refresh = login.refreshToken();
        if (refresh == null) {
            throw CliFailed.usage("the login of context " + name + " has ended", again);
        }
        try {
            Answer answer = new IdentityProvider(login.issuer())
                    .askForToken(Map.of(
                            "grant_type", "refresh_token", "refresh_token", refresh, "client_id", login.clientId()));
            if (answer.status() != 200) {
                throw CliFailed.usage("the login of context " + name + " has ended", again);
            }
            Contexts.Entry renewed = kept(entry, login.issuer(), login.clientId(), answer, world);
            Contexts.of(world).put(name, renewed);
            return String.valueOf(renewed.token());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliFailed.of(ExitCode.FAILED, "interrupted", null);
        }
    }

    private static Contexts.Entry kept(Contexts.Entry entry, URI issuer, String client, Answer answer, World world) {
        String token = answer.body().path("access_token").asString("");
        if (token.isEmpty()) {
            throw refused("it gives no token", answer);
        }
        Contexts.Login before = entry.login();
        String refresh = answer.body().path("refresh_token").stringValue(before == null ? null : before.refreshToken());
        Instant expires = world.time().now().plus(seconds(answer.body().path("expires_in"), USUAL_LIFE));
        return entry.with(token, new Contexts.Login(issuer, client, expires, refresh));
    }

    private static boolean renewable(Contexts.Entry entry) {
        return entry.login() != null && entry.login().refreshToken() != null;
    }

    private static String expiry(Contexts.Entry entry) {
        return entry.login() == null ? "" : entry.login().expires().toString();
    }

    private static Duration seconds(JsonNode node, Duration otherwise) {
        long seconds = node.asLong(0);
        return seconds > 0 && seconds < 1_000_000_000 ? Duration.ofSeconds(seconds) : otherwise;
    }

    private static CliFailed refused(String what, Answer answer) {
        String why = answer.error().isEmpty() ? "status " + answer.status() : answer.error();
        String description = answer.body().path("error_description").asString("");
        return CliFailed.of(
                ExitCode.REFUSED,
                "the identity provider refuses: " + what + " (" + why + ")",
                description.isEmpty() ? null : description);
    }

    /** Whom a token is of; nothing is decided by that. */
    private static String subject(String token) {
        try {
            String[] parts = token.split("\\.", -1);
            JsonNode claims = JsonMapper.shared()
                    .readTree(new String(
                            Base64.getUrlDecoder().decode(parts.length == 3 ? parts[1] : ""), StandardCharsets.UTF_8));
            return claims.path("preferred_username").asString(claims.path("sub").asString("somebody"));
        } catch (IllegalArgumentException | JacksonException e) {
            return "somebody";
        }
    }
}
