package io.tricolor.cli.context;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.http.Service;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The suite that {@code ./tricolor up} has started on this machine: its ports, and tokens signed with its key. */
public final class LocalSuite {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();
    private static final int DEFAULT_PORT_BASE = 8400;
    private static final int HIGHEST_PORT_BASE = 65_000;
    private static final Duration LIFE = Duration.ofHours(1);

    private final Path dataDir;

    private LocalSuite(Path dataDir) {
        this.dataDir = dataDir;
    }

    /** In this directory; it need not be there. */
    public static LocalSuite in(Path dataDir) {
        return new LocalSuite(dataDir.toAbsolutePath().normalize());
    }

    /** Where {@code ./tricolor up} keeps its data: of this checkout, or of one that the command was typed in. */
    public static Optional<LocalSuite> find(World world) {
        String named = world.variable("TRICOLOR_DATA_DIR");
        if (named != null) {
            return Optional.of(in(Path.of(named)));
        }
        if (world.checkout() != null) {
            return Optional.of(in(world.checkout().resolve(".tricolor")));
        }
        for (Path directory = world.directory(); directory != null; directory = directory.getParent()) {
            if (Files.isReadable(directory.resolve(".tricolor/security/signing-key.pem"))) {
                return Optional.of(in(directory.resolve(".tricolor")));
            }
        }
        return Optional.empty();
    }

    public Path dataDir() {
        return dataDir;
    }

    /** Whether there is a key to sign tokens with. */
    public boolean isThere() {
        return Files.isReadable(key());
    }

    private Path key() {
        return dataDir.resolve("security/signing-key.pem");
    }

    /**
     * How one person reaches it.
     *
     * @param portBase null: the one that the suite was started with
     */
    public Place place(@Nullable Integer portBase, String subject, List<String> roles, World world) {
        int base = portBase == null ? portBase() : portBase;
        if (base < 1024 || base > HIGHEST_PORT_BASE) {
            throw CliFailed.usage("the port base is from 1024 to " + HIGHEST_PORT_BASE + ", not " + base, null);
        }
        Map<Service, List<URI>> addresses = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            addresses.put(service, List.of(URI.create("http://127.0.0.1:" + (base + service.offset()))));
        }
        return new Place(
                "the suite in " + dataDir,
                addresses,
                () -> token(subject, roles, world.time().now()));
    }

    private int portBase() {
        try {
            return JSON.readTree(Files.readAllBytes(dataDir.resolve("state.json")))
                    .path("portBase")
                    .asInt(DEFAULT_PORT_BASE);
        } catch (IOException | JacksonException e) {
            return DEFAULT_PORT_BASE; // it was never up
        }
    }

    private String token(String subject, List<String> roles, Instant now) {
        TreeMap<String, Object> claims = new TreeMap<>();
        claims.put("iss", "tricolor");
        claims.put("aud", "tricolor");
        claims.put("sub", subject);
        claims.put("roles", roles);
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(LIFE).getEpochSecond());
        String signed =
                part(JSON.writeValueAsBytes(Map.of("alg", "ES256"))) + "." + part(JSON.writeValueAsBytes(claims));
        try {
            byte[] encoded =
                    Base64.getMimeDecoder().decode(Files.readString(key()).replaceAll("-----[A-Z ]+-----", ""));
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded)));
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + part(signature.sign());
        } catch (IOException e) {
            throw CliFailed.of(
                    ExitCode.FAILED,
                    "there is no suite in " + dataDir + ": " + key() + " cannot be read",
                    "start one by `./tricolor up`, name another --data-dir, or add a context: `tricolor context add`");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw CliFailed.of(ExitCode.FAILED, key() + " is no EC key (" + e.getMessage() + ")", null);
        }
    }

    private static String part(byte[] bytes) {
        return URL.encodeToString(bytes);
    }
}
