package io.tricolor.engines.testing;

import io.tricolor.engines.ConsulEngine;
import io.tricolor.engines.EngineFailed;
import io.tricolor.engines.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real Consul agent with access rules that deny what they do not allow, and with TLS for those who show the right
 * certificate. Beside that it has a port in clear, for tests that arrange what is in it.
 */
public final class SecuredConsul implements AutoCloseable {

    private static final String PASSWORD = "changeit";
    private static final Pattern SECRET_ID = Pattern.compile("\"SecretID\":\\s*\"([^\"]+)\"");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String management = UUID.randomUUID().toString();
    private final Path dir;
    private final int port;
    private final ConsulEngine engine;

    private SecuredConsul(Path dir) {
        this.dir = dir;
        this.port = Ports.free();
        certificate("consul");
        certificate("client");
        certificate("stranger");
        engine = ConsulEngine.startForHolder(
                management,
                dir.resolve("agent"),
                "-hcl=ports { https = " + port + " }",
                "-hcl=acl { enabled = true default_policy = \"deny\" tokens { master = \"" + management
                        + "\" agent = \"" + management + "\" } }",
                "-hcl=ca_file = \"" + file("client.pem") + "\"",
                "-hcl=cert_file = \"" + file("consul.pem") + "\"",
                "-hcl=key_file = \"" + file("consul.key") + "\"",
                "-hcl=verify_incoming_https = true");
    }

    /** Starts one; only where {@link ConsulEngine#isAvailable}. */
    public static SecuredConsul start(Path dir) {
        return new SecuredConsul(dir);
    }

    /** Where clients come in that show {@link #file} client.pem. */
    public URI uri() {
        return URI.create("https://localhost:" + port);
    }

    /** PEM files: consul.pem vouches for the agent, client.pem is let in, stranger.pem is not; .key beside each. */
    public Path file(String name) {
        return dir.resolve(name).toAbsolutePath();
    }

    /** A file with a token that may do what the rules say. */
    public Path token(String rules) {
        String name = "rules-" + UUID.randomUUID();
        ask("PUT", "/v1/acl/policy", "{\"Name\":\"" + name + "\",\"Rules\":\"" + rules.replace("\"", "\\\"") + "\"}");
        Matcher made = SECRET_ID.matcher(ask("PUT", "/v1/acl/token", "{\"Policies\":[{\"Name\":\"" + name + "\"}]}"));
        if (!made.find()) {
            throw new EngineFailed("Consul has made no token");
        }
        try {
            return Files.writeString(dir.resolve(name), made.group(1) + "\n").toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the agent answers to whoever may do everything. */
    public String ask(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(engine.uri().resolve(path))
                .header("X-Consul-Token", management)
                .method(method, BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new EngineFailed(path + " answers " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineFailed("interrupted");
        }
    }

    /** One that vouches for itself: whoever is to believe it has it among its authorities. */
    private void certificate(String name) {
        Path store = dir.resolve(name + ".p12");
        try {
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-keystore",
                            store.toString(),
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            PASSWORD,
                            "-alias",
                            name,
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=" + name,
                            "-ext",
                            "san=dns:localhost,ip:127.0.0.1",
                            "-validity",
                            "2")
                    .redirectErrorStream(true)
                    .redirectOutput(dir.resolve("keytool.log").toFile())
                    .start();
            if (keytool.waitFor() != 0) {
                throw new EngineFailed(Files.readString(dir.resolve("keytool.log")));
            }
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, PASSWORD.toCharArray());
            }
            pem(
                    name + ".key",
                    "PRIVATE KEY",
                    keys.getKey(name, PASSWORD.toCharArray()).getEncoded());
            pem(name + ".pem", "CERTIFICATE", keys.getCertificate(name).getEncoded());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new EngineFailed("no certificate can be made: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineFailed("interrupted");
        }
    }

    private void pem(String name, String kind, byte[] encoded) throws IOException {
        Files.writeString(
                dir.resolve(name),
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END "
                        + kind + "-----\n");
    }

    @Override
    public void close() {
        engine.close();
        http.close();
    }
}
