package io.tricolor.router.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A connection to a router on which a test says every byte. */
public final class RawClient implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;

    /**
     * Connects.
     *
     * @param url of the router
     * @param patience until a read fails, in milliseconds
     */
    public RawClient(String url, int patience) throws IOException {
        URI uri = URI.create(url);
        socket = new Socket(uri.getHost(), uri.getPort());
        socket.setSoTimeout(patience);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    public Socket socket() {
        return socket;
    }

    public InputStream in() {
        return in;
    }

    /** Sends text as Latin-1. */
    public void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /**
     * An answer as it came.
     *
     * @param informational status lines of what came before it
     * @param status 0 when the connection ended before an answer
     * @param lines of the head after the first one
     * @param complete whether all of it came: as long as it said, or to the end of the connection
     */
    public record Answer(List<String> informational, int status, List<String> lines, String body, boolean complete) {

        /** First value of a header; null when there is none. */
        public @Nullable String header(String name) {
            for (String line : lines) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                    return line.substring(colon + 1).trim();
                }
            }
            return null;
        }
    }

    /** Reads an answer to a request with this method. */
    public Answer read(String method) throws IOException {
        List<String> informational = new ArrayList<>();
        while (true) {
            String head = head();
            if (head == null) {
                return new Answer(informational, 0, List.of(), "", false);
            }
            List<String> lines =
                    new ArrayList<>(head.lines().filter(line -> !line.isEmpty()).toList());
            String first = lines.removeFirst();
            int status = Integer.parseInt(first.substring(9, 12));
            if (status / 100 == 1 && status != 101) {
                informational.add(first);
                continue;
            }
            Answer answer = new Answer(informational, status, List.copyOf(lines), "", true);
            if (status == 101 || method.equals("HEAD") || status == 204 || status == 304) {
                return answer;
            }
            return body(answer);
        }
    }

    private @Nullable String head() throws IOException {
        try {
            return RawInstance.head(in);
        } catch (SocketException reset) {
            return null;
        }
    }

    private Answer body(Answer answer) throws IOException {
        String coding = answer.header("Transfer-Encoding");
        String length = answer.header("Content-Length");
        byte[] body;
        boolean complete = true;
        try {
            if (coding != null && coding.toLowerCase(Locale.ROOT).equals("chunked")) {
                body = RawInstance.chunks(in);
            } else if (length != null) {
                int bytes = Integer.parseInt(length);
                body = in.readNBytes(bytes);
                complete = body.length == bytes;
            } else {
                body = in.readAllBytes();
            }
        } catch (IOException cut) {
            body = new byte[0];
            complete = false;
        }
        return new Answer(
                answer.informational(),
                answer.status(),
                answer.lines(),
                new String(body, StandardCharsets.ISO_8859_1),
                complete);
    }

    /** Whether the router closes the connection, with nothing more said. */
    public boolean ends() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
