package io.tricolor.standalone.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * The key that signs the tokens of one suite. Lies in {@code signing-key.pem}, readable by its owner only; the services
 * get {@code public-key.pem}.
 */
public final class SigningKey {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();
    private static final Duration SERVICE_TOKEN_LIFE = Duration.ofDays(365);
    private static final Duration SERVICE_TOKEN_RENEWAL = Duration.ofDays(30);

    private final Path directory;
    private final PrivateKey key;

    private SigningKey(Path directory, PrivateKey key) {
        this.directory = directory;
        this.key = key;
    }

    /** Reads the key in {@code directory}, or makes one when there is none. */
    public static SigningKey in(Path directory) throws IOException {
        Path file = directory.resolve("signing-key.pem");
        try {
            if (!Files.exists(file)) {
                create(directory, file);
            }
            var encoded = new PKCS8EncodedKeySpec(decode(Files.readString(file)));
            return new SigningKey(directory, KeyFactory.getInstance("EC").generatePrivate(encoded));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    file + " is no EC key (" + e.getMessage() + "); remove " + directory + " to get new keys", e);
        }
    }

    /** The file that the services verify tokens with. */
    public Path publicKey() {
        return directory.resolve("public-key.pem");
    }

    /** A signed token: ES256, issuer and audience {@code tricolor}. */
    public String token(String subject, List<String> roles, Instant now, Duration life) {
        return token(subject, roles, List.of(), now, life);
    }

    /** The same for the configuration of some applications; for that of all when there are none. */
    public String token(String subject, List<String> roles, List<String> applications, Instant now, Duration life) {
        var claims = new TreeMap<String, Object>();
        claims.put("iss", "tricolor");
        claims.put("aud", "tricolor");
        claims.put("sub", subject);
        claims.put("roles", roles);
        if (!applications.isEmpty()) {
            claims.put("applications", applications);
        }
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(life).getEpochSecond());
        String signed =
                part(JSON.writeValueAsBytes(Map.of("alg", "ES256"))) + "." + part(JSON.writeValueAsBytes(claims));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + part(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot sign with ES256", e);
        }
    }

    /** File with the token of a service; it is made, or made anew when it expires within a month. */
    public Path serviceToken(String service, List<String> roles, Instant now) throws IOException {
        Path file = directory.resolve(service + ".token");
        if (!Files.exists(file) || expiry(Files.readString(file)).isBefore(now.plus(SERVICE_TOKEN_RENEWAL))) {
            PemFiles.writePrivately(file, token(service, roles, now, SERVICE_TOKEN_LIFE) + "\n");
        }
        return file;
    }

    private static Instant expiry(String token) {
        try {
            String[] parts = token.strip().split("\\.", -1);
            byte[] claims = Base64.getUrlDecoder().decode(parts[1]);
            return Instant.ofEpochSecond(JSON.readTree(claims).path("exp").asLong(0));
        } catch (RuntimeException e) {
            return Instant.EPOCH; // not a token: make a new one
        }
    }

    private static void create(Path directory, Path file) throws IOException, GeneralSecurityException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        PemFiles.write(
                directory.resolve("public-key.pem"),
                "PUBLIC KEY",
                pair.getPublic().getEncoded());
        // Last: while it is absent, both are made again.
        PemFiles.write(file, "PRIVATE KEY", pair.getPrivate().getEncoded());
    }

    private static byte[] decode(String pem) {
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }

    private static String part(byte[] bytes) {
        return URL.encodeToString(bytes);
    }
}
