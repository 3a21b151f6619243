package io.tricolor.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks one question after the other on one connection, a millisecond between them, and remembers the longest answer: a
 * worker that does something else for a while answers nobody meanwhile.
 */
final class Prober implements AutoCloseable {

    private static final long PAUSE_NANOS = 1_000_000;

    private final Socket socket;
    private final byte[] question;
    private final Thread thread;
    private volatile boolean running = true;
    private long longestNanos;
    private String failure = "";

    private Prober(URI target) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), target.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        question = ("GET /shop/probe HTTP/1.1\r\nHost: " + target.getAuthority() + "\r\nX-User-Id: 7\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        thread = Thread.ofPlatform().name("prober").unstarted(this::probe);
    }

    static Prober start(URI target) throws IOException {
        Prober prober = new Prober(target);
        prober.thread.start();
        return prober;
    }

    /** Stops it; the longest time between a question and the whole of its answer, in milliseconds. */
    double longestMillis() throws IOException, InterruptedException {
        running = false;
        thread.join();
        if (!failure.isEmpty()) {
            throw new IOException("probe failed: " + failure);
        }
        return longestNanos / 1e6;
    }

    private void probe() {
        byte[] buffer = new byte[16 << 10];
        try {
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            while (running) {
                long start = System.nanoTime();
                out.write(question);
                int length = in.read(buffer);
                if (length <= 0) {
                    throw new IOException("the connection was closed");
                }
                String answer = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                if (!answer.startsWith("HTTP/1.1 200")) {
                    throw new IOException(answer.lines().findFirst().orElse(""));
                }
                // Small answers come in one or two pieces; the last one ends the document.
                while (!answer.endsWith("}") && !answer.endsWith("0\r\n\r\n")) {
                    length = in.read(buffer);
                    if (length <= 0) {
                        throw new IOException("the connection was closed");
                    }
                    answer = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                }
                longestNanos = Math.max(longestNanos, System.nanoTime() - start);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException e) {
            failure = e.toString();
        }
    }

    @Override
    public void close() throws IOException {
        running = false;
        socket.close();
    }
}
