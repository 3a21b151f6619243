package io.tricolor.kit.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/** A key pair of its own, for tests of services: writes the public key and signs tokens. */
public final class TestTokens {

    private final KeyPair keys;
    private final Path publicKey;

    /** Makes a key pair and writes its public half to {@code directory/public-key.pem}. */
    public TestTokens(Path directory) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
            publicKey = directory.resolve("public-key.pem");
            Files.writeString(
                    publicKey,
                    "-----BEGIN PUBLIC KEY-----\n"
                            + Base64.getMimeEncoder()
                                    .encodeToString(keys.getPublic().getEncoded())
                            + "\n-----END PUBLIC KEY-----\n");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Key pair in a temporary directory. */
    public static TestTokens create() {
        try {
            return new TestTokens(Files.createTempDirectory("tricolor-keys"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For {@code tricolor.security.public-key}. */
    public Path publicKey() {
        return publicKey;
    }

    /** A token as the launcher makes them, good for an hour. */
    public String token(String subject, String... roles) {
        return sign(claims(subject, roles).build());
    }

    /** Value of the {@code Authorization} header with such a token. */
    public String bearer(String subject, String... roles) {
        return "Bearer " + token(subject, roles);
    }

    /** The claims of {@link #token}, to change before {@link #sign}. */
    public static JWTClaimsSet.Builder claims(String subject, String... roles) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer("tricolor")
                .audience("tricolor")
                .subject(subject)
                .claim("roles", List.of(roles))
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(Duration.ofHours(1))));
    }

    /** Signs any claims with ES256. */
    public String sign(JWTClaimsSet claims) {
        try {
            SignedJWT jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.ES256), claims);
            jwt.sign(new ECDSASigner((ECPrivateKey) keys.getPrivate()));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
