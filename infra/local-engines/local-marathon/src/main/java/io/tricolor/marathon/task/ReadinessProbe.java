package io.tricolor.marathon.task;

import io.tricolor.localhttp.AnyCertificate;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppDefinition.ReadinessCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/** Asks an instance once whether it is ready. Blocks until it answers or the check's timeout has passed. */
public final class ReadinessProbe {

    private static final int MOST_SHOWN = 4_096;

    private static final SSLContext ANY_CERTIFICATE = AnyCertificate.context();

    private ReadinessProbe() {}

    /**
     * What it said.
     *
     * @param status as Marathon shows it: 503 for no answer at all
     * @param body its beginning
     */
    public record Response(int status, String contentType, String body) {}

    /** Asks the instance with these host ports. */
    public static Response run(ReadinessCheck check, AppDefinition app, List<Integer> ports) {
        try {
            return ask(check, ports.get(port(check, app)));
        } catch (IOException | RuntimeException e) { // whatever it is, the instance is asked again
            return new Response(503, "text/plain", e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private static int port(ReadinessCheck check, AppDefinition app) {
        for (int i = 0; i < app.portDefinitions().size(); i++) {
            if (check.portName().equals(app.portDefinitions().get(i).name())) {
                return i;
            }
        }
        throw new IllegalStateException("there is no port " + check.portName());
    }

    private static Response ask(ReadinessCheck check, int port) throws IOException {
        String path = check.path().startsWith("/") ? check.path() : "/" + check.path();
        HttpURLConnection connection =
                (HttpURLConnection) URI.create((check.https() ? "https" : "http") + "://127.0.0.1:" + port + path)
                        .toURL()
                        .openConnection();
        if (connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(ANY_CERTIFICATE.getSocketFactory());
            secure.setHostnameVerifier((host, session) -> true);
        }
        try {
            int millis = (int) Math.min(Integer.MAX_VALUE, check.timeout().toMillis());
            connection.setConnectTimeout(millis);
            connection.setReadTimeout(millis);
            connection.setInstanceFollowRedirects(false);
            connection.setRequestProperty("Connection", "close");
            connection.setRequestProperty("User-Agent", "tricolor-local-marathon");
            int status = connection.getResponseCode();
            InputStream body = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
            String text = body == null ? "" : new String(body.readNBytes(MOST_SHOWN), StandardCharsets.UTF_8);
            return new Response(status, Objects.requireNonNullElse(connection.getContentType(), ""), text);
        } finally {
            connection.disconnect();
        }
    }
}
