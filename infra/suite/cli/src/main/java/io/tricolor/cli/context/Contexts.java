package io.tricolor.cli.context;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.World;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.YamlText;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The suites that this user knows: {@code ~/.config/tricolor/contexts.yaml}, readable by its owner alone. */
public final class Contexts {

    /** The suite on this machine; no context can have this name. */
    public static final String LOCAL = "local";

    private static final Set<String> MEMBERS =
            Set.of("strategy", "deploy", "config", "log", "token", "token-file", "token-variable", "login");

    private final Path file;
    private final Map<String, Entry> entries = new TreeMap<>();
    private @Nullable String current;

    private Contexts(Path file) {
        this.file = file;
    }

    /**
     * One suite. At most one of the three ways to a token is there.
     *
     * @param token itself
     * @param tokenFile file that has it
     * @param tokenVariable variable of the environment that has it
     * @param login how the token was had, when by a login
     */
    public record Entry(
            Map<Service, List<URI>> addresses,
            @Nullable String token,
            @Nullable String tokenFile,
            @Nullable String tokenVariable,
            @Nullable Login login) {

        /** The same with another token and login. */
        public Entry with(@Nullable String newToken, @Nullable Login newLogin) {
            return new Entry(addresses, newToken, null, null, newLogin);
        }

        /** How the token is had, without the token. */
        public String tokenFrom() {
            return token != null
                    ? login != null ? "login by " + login.issuer() : "kept here"
                    : tokenFile != null ? "file " + tokenFile : tokenVariable != null ? "$" + tokenVariable : "none";
        }
    }

    /**
     * A login by an identity provider.
     *
     * @param expires when the token ends
     * @param refreshToken what another token is had for; null: it takes another login
     */
    public record Login(
            URI issuer,
            String clientId,
            Instant expires,
            @Nullable String refreshToken) {}

    /** Those of this user; none when there is no file. */
    public static Contexts of(World world) {
        String configuration = world.variable("XDG_CONFIG_HOME");
        Path directory = configuration == null ? world.home().resolve(".config") : Path.of(configuration);
        Contexts contexts = new Contexts(directory.resolve("tricolor/contexts.yaml"));
        contexts.read();
        return contexts;
    }

    private void read() {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw CliFailed.usage("cannot read " + file + ": " + e.getMessage(), null);
        }
        for (YamlText.Document document : YamlText.parse(file.toString(), text)) {
            current = document.root().path("current").stringValue(null);
            document.root()
                    .path("contexts")
                    .properties()
                    .forEach(named -> entries.put(named.getKey(), entry(document, named.getKey(), named.getValue())));
        }
    }

    private static Entry entry(YamlText.Document document, String name, JsonNode node) {
        String path = "contexts." + name;
        Map<Service, List<URI>> addresses = new EnumMap<>(Service.class);
        for (String member : node.propertyNames()) {
            if (!MEMBERS.contains(member)) {
                throw document.wrong(path + "." + member, "is not known; there are " + String.join(", ", MEMBERS));
            }
        }
        for (Service service : Service.values()) {
            List<URI> all = new ArrayList<>();
            for (JsonNode address : node.path(service.word())) {
                all.add(address(address.asString("")));
            }
            if (!all.isEmpty()) {
                addresses.put(service, List.copyOf(all));
            }
        }
        return new Entry(
                addresses,
                node.path("token").stringValue(null),
                node.path("token-file").stringValue(null),
                node.path("token-variable").stringValue(null),
                node.has("login") ? login(document, path + ".login", node.path("login")) : null);
    }

    private static Login login(YamlText.Document document, String path, JsonNode node) {
        try {
            return new Login(
                    URI.create(node.path("issuer").asString("")),
                    node.path("client-id").asString(""),
                    Instant.parse(node.path("expires").asString("")),
                    node.path("refresh-token").stringValue(null));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw document.wrong(path, "is not what `tricolor login` writes");
        }
    }

    /** An address without a slash at its end. */
    public static URI address(String text) {
        try {
            URI address = new URI(text.replaceAll("/+$", ""));
            if (address.getHost() != null
                    && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
                    && address.getRawUserInfo() == null
                    && address.getRawQuery() == null) {
                return address;
            }
        } catch (URISyntaxException e) {
            throw CliFailed.usage("'" + text + "' is no address: " + e.getReason(), null);
        }
        throw CliFailed.usage("'" + text + "' is no address such as https://strategy.example:8401", null);
    }

    public Path file() {
        return file;
    }

    public Map<String, Entry> entries() {
        return entries;
    }

    /** The one that counts when none is named; null: the suite on this machine. */
    public @Nullable String current() {
        return current;
    }

    /** Keeps it under this name, in place of one that has it. */
    public void put(String name, Entry entry) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}") || name.equals(LOCAL)) {
            throw CliFailed.usage(
                    "'" + name + "' is no name for a context: letters, digits, dots, dashes and underscores, and not "
                            + LOCAL,
                    null);
        }
        entries.put(name, entry);
        write();
    }

    /** Makes it the one that counts; {@value #LOCAL} for the suite on this machine. */
    public void use(String name) {
        if (!name.equals(LOCAL)) {
            get(name);
        }
        current = name.equals(LOCAL) ? null : name;
        write();
    }

    /** Forgets it. */
    public void remove(String name) {
        get(name);
        entries.remove(name);
        if (name.equals(current)) {
            current = null;
        }
        write();
    }

    /** The one of this name. */
    public Entry get(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw CliFailed.usage(
                    "there is no context " + name + " in " + file,
                    entries.isEmpty()
                            ? "`tricolor context add` makes one"
                            : "there are " + String.join(", ", entries.keySet()));
        }
        return entry;
    }

    private void write() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        if (current != null) {
            root.put("current", current);
        }
        ObjectNode all = root.putObject("contexts");
        entries.forEach((name, entry) -> {
            ObjectNode one = all.putObject(name);
            entry.addresses().forEach((service, addresses) -> {
                ArrayNode list = one.putArray(service.word());
                addresses.forEach(address -> list.add(address.toString()));
            });
            Map<String, @Nullable String> token = new LinkedHashMap<>();
            token.put("token", entry.token());
            token.put("token-file", entry.tokenFile());
            token.put("token-variable", entry.tokenVariable());
            token.forEach((member, value) -> {
                if (value != null) {
                    one.put(member, value);
                }
            });
            Login login = entry.login();
            if (login != null) {
                ObjectNode kept = one.putObject("login");
                kept.put("issuer", login.issuer().toString());
                kept.put("client-id", login.clientId());
                kept.put("expires", login.expires().toString());
                if (login.refreshToken() != null) {
                    kept.put("refresh-token", login.refreshToken());
                }
            }
        });
        try {
            Path directory = file.toAbsolutePath().getParent();
            Files.createDirectories(directory);
            Path partial = file.resolveSibling("contexts.yaml.partial");
            Files.deleteIfExists(partial);
            Files.createFile(
                    partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(partial, YamlText.write(root));
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw CliFailed.usage("cannot write " + file + ": " + e.getMessage(), null);
        }
    }
}
