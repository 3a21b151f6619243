package io.tricolor.router.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An instance that speaks by raw sockets: it keeps the bytes of every request as they came, and answers what the test
 * says, also what no HTTP server would.
 */
public final class RawInstance implements AutoCloseable {

    /** Header that names the script of a request. */
    public static final String SCRIPT = "X-Script";

    /** Answers one request; the connection is closed when it has closed the socket or fails. */
    @FunctionalInterface
    public interface Script {
        void answer(Request request, Socket socket) throws IOException;
    }

    public final AtomicInteger connections = new AtomicInteger();
    public final ConcurrentLinkedQueue<Request> requests = new ConcurrentLinkedQueue<>();

    private final ConcurrentHashMap<String, Script> scripts = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
    private final ServerSocket server;

    /**
     * Starts it.
     *
     * @param scripts by the name that a request calls them by
     * @param otherwise for requests that name none
     */
    public RawInstance(Map<String, Script> scripts, Script otherwise) {
        this.scripts.putAll(scripts);
        this.scripts.put("", otherwise);
        try {
            server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                int connection = connections.incrementAndGet();
                Thread.startVirtualThread(() -> serve(socket, connection));
            } catch (IOException closed) {
                // by close(): the loop's condition tells
            }
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (!socket.isClosed()) {
                String head = head(in);
                if (head == null) {
                    return;
                }
                Request request = new Request(connection, head, in);
                requests.add(request);
                String name = request.header(SCRIPT);
                Script script = scripts.get(name == null ? "" : name);
                if (script == null) {
                    throw new IllegalStateException("no script " + name);
                }
                script.answer(request, socket);
            }
        } catch (IOException gone) {
            // the other side has closed
        } finally {
            open.remove(socket);
        }
    }

    /** Bytes up to and with the empty line, as Latin-1; null when the connection ends before. */
    public static @Nullable String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** A request as it came. */
    public static final class Request {

        public final int connection;
        public final String head;
        private final InputStream in;
        private byte @Nullable [] body;

        Request(int connection, String head, InputStream in) {
            this.connection = connection;
            this.head = head;
            this.in = in;
        }

        /** Lines of the head after the first one. */
        public List<String> lines() {
            return head.lines().skip(1).filter(line -> !line.isEmpty()).toList();
        }

        /** First value of a header; null when there is none. */
        public @Nullable String header(String name) {
            for (String line : lines()) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                    return line.substring(colon + 1).trim();
                }
            }
            return null;
        }

        public String method() {
            return head.substring(0, head.indexOf(' '));
        }

        /** The bytes after the head that are not part of the request: of a protocol that was changed to. */
        public InputStream raw() {
            return in;
        }

        /** Reads the body to its end, chunks joined. */
        public byte[] body() throws IOException {
            if (body == null) {
                body = read();
            }
            return body;
        }

        private byte[] read() throws IOException {
            String coding = header("Transfer-Encoding");
            if (coding != null && coding.toLowerCase(Locale.ROOT).endsWith("chunked")) {
                return chunks(in);
            }
            String length = header("Content-Length");
            return length == null ? new byte[0] : in.readNBytes(Integer.parseInt(length));
        }
    }

    /** Reads chunks and trailers to their end. */
    public static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = line(in);
            int size = Integer.parseInt(line.replaceFirst(";.*", "").trim(), 16);
            if (size == 0) {
                while (!line(in).isEmpty()) {
                    // a trailer
                }
                return body.toByteArray();
            }
            body.write(in.readNBytes(size));
            line(in);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int next;
        while ((next = in.read()) != '\n') {
            if (next < 0) {
                throw new IOException("ended within a line");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** Writes text as Latin-1 at once, in one segment where it fits. */
    public static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
