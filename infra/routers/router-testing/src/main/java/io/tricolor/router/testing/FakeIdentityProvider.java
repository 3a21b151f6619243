package io.tricolor.router.testing;

import io.tricolor.router.sources.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** An issuer of tokens whose OpenID configuration says where its keys are. */
public final class FakeIdentityProvider implements AutoCloseable {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** How often its keys were read. */
    public final AtomicInteger readings = new AtomicInteger();

    private final Map<String, Key> all = new TreeMap<>();
    private final Map<String, Key> published = Collections.synchronizedMap(new TreeMap<>());
    private final LoopbackServer server = new LoopbackServer(
            0,
            Map.of(
                    "/realms/shop/.well-known/openid-configuration",
                    exchange -> LoopbackServer.answer(
                            exchange,
                            200,
                            Json.STRICT.writeValueAsString(
                                    Map.of("issuer", issuer(), "jwks_uri", issuer() + "/certs"))),
                    "/realms/shop/certs",
                    exchange -> {
                        readings.incrementAndGet();
                        LoopbackServer.answer(exchange, 200, set());
                    }));

    private record Key(String algorithm, KeyPair pair) {}

    public String issuer() {
        return server.url() + "/realms/shop";
    }

    /** Makes a key for RS256, PS256 or ES256 and publishes it beside the others. */
    public FakeIdentityProvider add(String name, String algorithm) {
        try {
            boolean isElliptic = algorithm.startsWith("ES");
            KeyPairGenerator generator = KeyPairGenerator.getInstance(isElliptic ? "EC" : "RSA");
            generator.initialize(isElliptic ? 256 : 2048);
            Key key = new Key(algorithm, generator.generateKeyPair());
            all.put(name, key);
            published.put(name, key);
            return this;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Publishes a key no more. */
    public void withdraw(String name) {
        published.remove(name);
    }

    /** A key as a PEM file has it. */
    public String pem(String name) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(key(name).pair().getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /**
     * A token that is good for ten minutes.
     *
     * @param key name of the key that signs it
     * @param claims in the place of those that it would have: iss, aud tricolor, sub somebody, exp; a dash: without it
     */
    public String token(String key, Map<String, ?> claims) {
        Key signing = key(key);
        Map<String, Object> body = new LinkedHashMap<>(Map.of(
                "iss",
                issuer(),
                "aud",
                "tricolor",
                "sub",
                "somebody",
                "exp",
                Instant.now().getEpochSecond() + 600));
        body.putAll(claims);
        body.values().removeIf("-"::equals);
        String text = part(Map.of("alg", signing.algorithm(), "kid", key, "typ", "JWT")) + "." + part(body);
        try {
            Signature signature = switch (signing.algorithm()) {
                case "RS256" -> Signature.getInstance("SHA256withRSA");
                case "PS256" -> {
                    Signature pss = Signature.getInstance("RSASSA-PSS");
                    pss.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
                    yield pss;
                }
                default -> Signature.getInstance("SHA256withECDSAinP1363Format");
            };
            signature.initSign(signing.pair().getPrivate());
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return text + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Key key(String name) {
        return Objects.requireNonNull(all.get(name), name);
    }

    private static String part(Map<String, ?> object) {
        return BASE64.encodeToString(Json.STRICT.writeValueAsString(object).getBytes(StandardCharsets.UTF_8));
    }

    private String set() {
        StringBuilder keys = new StringBuilder();
        synchronized (published) {
            published.forEach((name, key) -> {
                Map<String, String> jwk =
                        new LinkedHashMap<>(Map.of("kid", name, "alg", key.algorithm(), "use", "sig"));
                if (key.pair().getPublic() instanceof ECPublicKey elliptic) {
                    jwk.putAll(Map.of("kty", "EC", "crv", "P-256"));
                    jwk.put("x", bytes(elliptic.getW().getAffineX(), 32));
                    jwk.put("y", bytes(elliptic.getW().getAffineY(), 32));
                } else if (key.pair().getPublic() instanceof RSAPublicKey rsa) {
                    jwk.put("kty", "RSA");
                    jwk.put("n", bytes(rsa.getModulus(), 256));
                    jwk.put("e", bytes(rsa.getPublicExponent(), 3));
                }
                keys.append(keys.isEmpty() ? "" : ",").append(Json.STRICT.writeValueAsString(jwk));
            });
        }
        return "{\"keys\":[" + keys + "]}";
    }

    private static String bytes(BigInteger number, int length) {
        byte[] signed = number.toByteArray();
        byte[] exact = new byte[length];
        int count = Math.min(length, signed.length);
        System.arraycopy(signed, signed.length - count, exact, length - count, count);
        return BASE64.encodeToString(exact);
    }

    @Override
    public void close() {
        server.goDown();
    }
}
