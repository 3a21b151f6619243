package io.tricolor.engines;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Asks one process whether it serves; called again and again, so it must be cheap and end within a second or two. */
@FunctionalInterface
public interface Readiness {

    /** The longest that one question may take. */
    Duration PATIENCE = Duration.ofSeconds(2);

    /** True when the process serves; an {@link IOException} means not yet. */
    boolean isReady() throws IOException, InterruptedException;

    /** Always ready: for programs that serve nothing. */
    static Readiness immediately() {
        return () -> true;
    }

    /** A TCP connection to 127.0.0.1 is accepted. */
    static Readiness tcp(int port) {
        return () -> {
            try (Socket socket = connect(port)) {
                return socket.isConnected();
            }
        };
    }

    /** {@code GET uri} answers 2xx. */
    static Readiness http(URI uri) {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build();
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
        return () -> {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return status >= 200 && status < 300;
        };
    }

    /** The file is there. */
    static Readiness file(Path path) {
        return () -> Files.exists(path);
    }

    /** A Kafka broker on 127.0.0.1 answers a request: its port is open earlier than that. */
    static Readiness kafka(int port) {
        // ApiVersions v0: size, api key, api version, correlation id, client id null.
        byte[] apiVersions = ByteBuffer.allocate(14)
                .putInt(10)
                .putShort((short) 18)
                .putShort((short) 0)
                .putInt(1)
                .putShort((short) -1)
                .array();
        return () -> {
            try (Socket socket = connect(port)) {
                socket.getOutputStream().write(apiVersions);
                var in = new DataInputStream(socket.getInputStream());
                return in.readInt() > 6 && in.readInt() == 1 && in.readShort() == 0;
            }
        };
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket();
        try {
            int patience = Math.toIntExact(PATIENCE.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), patience);
            socket.setSoTimeout(patience);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
