package io.tricolor.marathon.task;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.Set;

/**
 * Hands out host ports of a range, each checked to be free, going round so that a port that was just given back rests.
 * Not thread-safe.
 */
public final class PortPool {

    private final int min;
    private final int max;
    private int next;

    /** A pool of the ports {@code min} to {@code max}, both included. */
    public PortPool(int min, int max) {
        if (min < 1 || max > 65535 || min > max) {
            throw new IllegalArgumentException("not a range of ports: " + min + "-" + max);
        }
        this.min = min;
        this.max = max;
        this.next = min;
    }

    /** A free port that is not in {@code taken}; empty when there is none left. */
    public Optional<Integer> take(Set<Integer> taken) {
        for (int tried = 0; tried <= max - min; tried++) {
            int port = next;
            next = next == max ? min : next + 1;
            if (!taken.contains(port) && isFree(port)) {
                return Optional.of(port);
            }
        }
        return Optional.empty();
    }

    /** Whether nobody listens there, neither on loopback nor on all interfaces. */
    public static boolean isFree(int port) {
        return canBind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                && canBind(new InetSocketAddress(port));
    }

    private static boolean canBind(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address, 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
