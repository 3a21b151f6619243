package io.tricolor.gateway;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Public keys that tokens are verified with, from a file or as a provider publishes them. */
final class TokenKeys {

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");

    private static final int SMALLEST_RSA_BITS = 2048;
    private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521);

    /** Signatures by a private key; a key that names its algorithm is good for that one alone. */
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private TokenKeys() {}

    /** Keys of a PEM file. */
    static List<JWK> read(Path pem, String setting) {
        try {
            List<JWK> keys = new ArrayList<>();
            Matcher blocks = PEM.matcher(Files.readString(pem));
            while (blocks.find()) {
                keys.add(key(Base64.getMimeDecoder().decode(blocks.group(1))));
            }
            if (keys.isEmpty() || !keys.stream().allMatch(TokenKeys::isUsable)) {
                throw new IllegalArgumentException("it has no key, or one that is not good enough");
            }
            return List.copyOf(keys);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
            throw new IllegalStateException(
                    setting + ": " + pem
                            + " is not a PEM file with public keys, P-256, P-384, P-521 or RSA from 2048 bits",
                    e);
        }
    }

    private static JWK key(byte[] encoded) throws GeneralSecurityException {
        X509EncodedKeySpec spec = new X509EncodedKeySpec(encoded);
        try {
            ECPublicKey key = (ECPublicKey) KeyFactory.getInstance("EC").generatePublic(spec);
            Curve curve = Curve.forECParameterSpec(key.getParams());
            if (curve == null) {
                throw new InvalidKeySpecException("of an unknown curve");
            }
            return new ECKey.Builder(curve, key).build();
        } catch (InvalidKeySpecException e) {
            return new RSAKey.Builder(
                            (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec))
                    .build();
        }
    }

    /** Whether a key may be tried for an algorithm; one of another curve would fail where the next one may not. */
    static boolean fits(JWK key, JWSAlgorithm algorithm) {
        return !(key instanceof ECKey ec)
                || Curve.forJWSAlgorithm(algorithm) == null
                || Curve.forJWSAlgorithm(algorithm).contains(ec.getCurve());
    }

    /**
     * Those keys of a published set that are for us. Throws {@link ParseException} when the text is no set, has a
     * broken key or has none for us.
     */
    static List<JWK> published(String set) throws ParseException {
        List<JWK> keys = JWKSet.parse(set).getKeys().stream()
                .filter(TokenKeys::isUsable)
                .map(JWK::toPublicJWK)
                .toList();
        if (keys.isEmpty()) {
            throw new ParseException("no key in it is for signatures by RSA or an elliptic curve", 0);
        }
        return keys;
    }

    private static boolean isUsable(JWK key) {
        boolean isStrong = (key instanceof RSAKey rsa && rsa.size() >= SMALLEST_RSA_BITS)
                || (key instanceof ECKey ec && CURVES.contains(ec.getCurve()));
        return isStrong
                && (key.getKeyUse() == null || KeyUse.SIGNATURE.equals(key.getKeyUse()))
                && (key.getAlgorithm() == null
                        || ALGORITHMS.contains(
                                JWSAlgorithm.parse(key.getAlgorithm().getName())));
    }

    /** The same keys under the name that a token calls its key by. */
    static List<JWK> named(List<JWK> keys, @Nullable String name) {
        if (name == null) {
            return keys;
        }
        return keys.stream()
                .<JWK>map(key -> key instanceof ECKey ec
                        ? new ECKey.Builder(ec).keyID(name).build()
                        : new RSAKey.Builder((RSAKey) key).keyID(name).build())
                .toList();
    }
}
