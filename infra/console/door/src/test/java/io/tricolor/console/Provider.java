package io.tricolor.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An identity provider in which Olivia is logged in. A code is good once and for whoever has the verifier; a refresh
 * token is good once.
 */
final class Provider implements AutoCloseable {

    private final HttpServer server;
    private final ECKey key;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final Map<String, Boolean> refreshTokens = new ConcurrentHashMap<>();
    private final AtomicInteger refreshes = new AtomicInteger();
    private volatile Duration tokenLife = Duration.ofHours(1);
    private volatile String audience = "tricolor";

    Provider() throws IOException, JOSEException {
        key = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/.well-known/openid-configuration", exchange -> answer(exchange, 200, """
                {"issuer":"%1$s","authorization_endpoint":"%1$s/authorize","token_endpoint":"%1$s/token","jwks_uri":"%1$s/keys",
                 "end_session_endpoint":"%1$s/logout","subject_types_supported":["public"],"response_types_supported":["code"],
                 "id_token_signing_alg_values_supported":["ES256"],"scopes_supported":["openid"]}""".formatted(issuer())));
        server.createContext(
                "/keys",
                exchange ->
                        answer(exchange, 200, new JWKSet(key).toPublicJWKSet().toString()));
        server.createContext("/token", this::token);
        server.start();
    }

    String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void tokensLive(Duration time) {
        tokenLife = time;
    }

    void tokensAreFor(String whom) {
        audience = whom;
    }

    int refreshes() {
        return refreshes.get();
    }

    void forgetRefreshTokens() {
        refreshTokens.clear();
    }

    /** What the provider leads the browser back to. */
    URI authorize(URI request) {
        Map<String, String> asked = parameters(request.getRawQuery());
        String code = UUID.randomUUID().toString();
        codes.put(code, asked);
        return URI.create(asked.get("redirect_uri") + "?code=" + code + "&state="
                + asked.get("state").replace("=", "%3D"));
    }

    static Map<String, String> parameters(String query) {
        Map<String, String> found = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            found.put(parts[0], URLDecoder.decode(parts[1], UTF_8));
        }
        return found;
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> asked =
                parameters(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        if ("refresh_token".equals(asked.get("grant_type"))) {
            refreshes.incrementAndGet();
            if (refreshTokens.remove(asked.get("refresh_token")) == null) {
                answer(exchange, 400, "{\"error\":\"invalid_grant\"}");
                return;
            }
            grant(exchange, null);
            return;
        }
        Map<String, String> authorized = codes.remove(asked.get("code"));
        if (authorized == null
                || !"S256".equals(authorized.get("code_challenge_method"))
                || !challenge(asked.get("code_verifier")).equals(authorized.get("code_challenge"))) {
            answer(exchange, 400, "{\"error\":\"invalid_grant\"}");
            return;
        }
        grant(exchange, authorized.get("nonce"));
    }

    private void grant(HttpExchange exchange, @org.jspecify.annotations.Nullable String nonce) throws IOException {
        String refreshToken = UUID.randomUUID().toString();
        refreshTokens.put(refreshToken, true);
        String access = sign(claims(audience).claim("roles", List.of("operator")));
        String idToken =
                nonce == null ? "" : ",\"id_token\":\"" + sign(claims("console").claim("nonce", nonce)) + "\"";
        answer(exchange, 200, """
                {"access_token":"%s","token_type":"Bearer","expires_in":%d,"refresh_token":"%s"%s}""".formatted(access, tokenLife.toSeconds(), refreshToken, idToken));
    }

    private JWTClaimsSet.Builder claims(String whom) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(issuer())
                .audience(whom)
                .subject("olivia")
                .claim("name", "Olivia O.")
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(tokenLife)));
    }

    private String sign(JWTClaimsSet.Builder claims) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("one").build(), claims.build());
            jwt.sign(new ECDSASigner(key));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String challenge(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
