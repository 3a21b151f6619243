package io.tricolor.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Many connections of one thread, each with one blocking query open. Not thread safe. */
final class Watchers implements AutoCloseable {

    private static final byte[] END_OF_HEADERS = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Selector selector;
    private final List<Connection> connections = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
    private final String host;

    private Watchers(URI target) throws IOException {
        this.selector = Selector.open();
        this.host = target.getAuthority();
    }

    static Watchers connect(URI target, int count) throws IOException {
        Watchers watchers = new Watchers(target);
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), target.getPort());
            for (int i = 0; i < count; i++) {
                SocketChannel channel = SocketChannel.open(address);
                channel.configureBlocking(false);
                Connection connection = new Connection(channel);
                channel.register(watchers.selector, SelectionKey.OP_READ, connection);
                watchers.connections.add(connection);
            }
            return watchers;
        } catch (IOException e) {
            watchers.close();
            throw e;
        }
    }

    /** Every connection asks for this. */
    void ask(String path) throws IOException {
        byte[] request =
                ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        for (Connection connection : connections) {
            ByteBuffer bytes = ByteBuffer.wrap(request);
            while (bytes.hasRemaining()) {
                connection.channel.write(bytes);
            }
            connection.answered = false;
        }
    }

    /**
     * Collects answers until everybody has one, or until {@code patience} has passed.
     *
     * @return when each answer was complete, by {@link System#nanoTime}, in order
     */
    List<Long> answers(Duration patience) throws IOException {
        List<Long> times = new ArrayList<>();
        long deadline = System.nanoTime() + patience.toNanos();
        while (times.size() < connections.size()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            selector.select(
                    key -> {
                        if (((Connection) key.attachment()).read(buffer)) {
                            times.add(System.nanoTime());
                        }
                    },
                    left);
        }
        return times;
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }

    private static final class Connection {

        private final SocketChannel channel;
        private byte[] answer = {};
        private boolean answered = true;

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        /** True when that completed the answer. */
        boolean read(ByteBuffer buffer) {
            try {
                buffer.clear();
                int count = channel.read(buffer);
                if (count < 0) {
                    throw new IOException("the server closed a connection");
                }
                buffer.flip();
                int before = answer.length;
                answer = Arrays.copyOf(answer, before + count);
                buffer.get(answer, before, count);
                if (answered || !isComplete()) {
                    return false;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            answer = new byte[] {};
            answered = true;
            return true;
        }

        private boolean isComplete() throws IOException {
            int body = endOfHeaders();
            if (body < 0) {
                return false;
            }
            String headers = new String(answer, 0, body, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
            if (!headers.startsWith("http/1.1 200")) {
                throw new IOException(
                        "a watcher was answered: " + headers.lines().findFirst().orElse(""));
            }
            int at = headers.indexOf("content-length:");
            if (at < 0) {
                return new String(answer, body, answer.length - body, StandardCharsets.ISO_8859_1)
                        .endsWith("0\r\n\r\n");
            }
            int length = Integer.parseInt(headers.substring(at + "content-length:".length(), headers.indexOf('\r', at))
                    .strip());
            return answer.length - body >= length;
        }

        private int endOfHeaders() {
            for (int i = 0; i + END_OF_HEADERS.length <= answer.length; i++) {
                if (Arrays.equals(answer, i, i + END_OF_HEADERS.length, END_OF_HEADERS, 0, END_OF_HEADERS.length)) {
                    return i + END_OF_HEADERS.length;
                }
            }
            return -1;
        }
    }
}
