package io.tricolor.marathon.task;

import io.tricolor.localhttp.AnyCertificate;
import io.tricolor.marathon.app.AppDefinition.HealthCheck;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/** Makes one health check. Blocks until it is decided or the check's timeout has passed. */
public final class HealthProbe {

    private HealthProbe() {}

    /** As Marathon does it: a check asks whether an instance answers, not whose it is. */
    private static final SSLContext ANY_CERTIFICATE = AnyCertificate.context();

    /** Empty when the check was passed, else the cause for people. */
    public static Optional<String> run(
            HealthCheck check, List<Integer> ports, Map<String, String> environment, Path sandbox) {
        int timeoutMillis = (int) Math.min(Integer.MAX_VALUE, check.timeout().toMillis());
        try {
            return switch (check.protocol()) {
                case HTTP, MESOS_HTTP, HTTPS, MESOS_HTTPS -> http(check, port(check, ports), timeoutMillis);
                case TCP, MESOS_TCP -> tcp(port(check, ports), timeoutMillis);
                case COMMAND -> command(check, environment, sandbox, timeoutMillis);
            };
        } catch (IOException e) {
            return Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }

    private static int port(HealthCheck check, List<Integer> ports) {
        return check.port() != null ? check.port() : ports.get(check.portIndex());
    }

    private static Optional<String> http(HealthCheck check, int port, int timeoutMillis) throws IOException {
        String path = check.path().startsWith("/") ? check.path() : "/" + check.path();
        String scheme = check.protocol().isSecure() ? "https" : "http";
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(scheme + "://127.0.0.1:" + port + path).toURL().openConnection();
        if (connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(ANY_CERTIFICATE.getSocketFactory());
            secure.setHostnameVerifier((host, session) -> true);
        }
        try {
            connection.setConnectTimeout(timeoutMillis);
            connection.setReadTimeout(timeoutMillis);
            connection.setInstanceFollowRedirects(false);
            connection.setRequestProperty("Connection", "close");
            connection.setRequestProperty("User-Agent", "tricolor-local-marathon");
            int status = connection.getResponseCode();
            return status >= 200 && status < 400 ? Optional.empty() : Optional.of("HTTP status " + status);
        } finally {
            connection.disconnect();
        }
    }

    private static Optional<String> tcp(int port, int timeoutMillis) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
            return Optional.empty();
        }
    }

    private static Optional<String> command(
            HealthCheck check, Map<String, String> environment, Path sandbox, int timeoutMillis)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", String.valueOf(check.command()))
                .directory(sandbox.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(timeoutMillis, TimeUnit.MILLISECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            return Optional.of("the command did not end in time");
        }
        return process.exitValue() == 0 ? Optional.empty() : Optional.of("exit status " + process.exitValue());
    }
}
