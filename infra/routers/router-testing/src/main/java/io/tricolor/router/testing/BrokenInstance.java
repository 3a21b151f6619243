package io.tricolor.router.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** Reads the head of every request and closes the connection without an answer. */
public final class BrokenInstance implements AutoCloseable {

    public final AtomicInteger requests = new AtomicInteger();
    private final ServerSocket server;

    public BrokenInstance() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Thread.startVirtualThread(this::serve);
    }

    public int port() {
        return server.getLocalPort();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                if (socket.getInputStream().read(new byte[4096]) > 0) {
                    requests.incrementAndGet();
                }
            } catch (IOException closed) {
                // by the client or by close(): the loop's condition tells
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
