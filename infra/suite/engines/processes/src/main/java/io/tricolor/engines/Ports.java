package io.tricolor.engines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Free TCP ports on loopback, for processes that have to be told theirs.
 *
 * <p>They are from 10,000 to 19,999, below those that the system gives to whoever asks for any port: between the moment
 * a port is given out here and that in which a process listens on it, nobody else gets it by chance. Several JVMs on
 * one machine keep out of each other's way by locks on files, which end with the JVM.
 */
public final class Ports {

    private static final int FIRST = 10_000;
    private static final int BLOCK = 100;
    private static final int BLOCKS = 100;

    /** Blocks of this JVM until it ends. */
    private static final Set<Integer> LOCKED = new HashSet<>();

    private static @Nullable FileChannel channel;
    private static int next;
    private static int end;

    private Ports() {}

    /** A port that nobody listens on and that no JVM of this user has been given that still lives. */
    public static synchronized int free() {
        while (true) {
            if (next == end) {
                next = FIRST + BLOCK * lockBlock();
                end = next + BLOCK;
            }
            int port = next++;
            if (isFree(port)) {
                return port;
            }
        }
    }

    private static int lockBlock() {
        Path directory =
                Path.of(System.getProperty("java.io.tmpdir"), "tricolor-ports-" + System.getProperty("user.name"));
        try {
            FileChannel blocks = open(directory);
            int first = ThreadLocalRandom.current().nextInt(BLOCKS);
            for (int i = 0; i < BLOCKS; i++) {
                int block = (first + i) % BLOCKS;
                // One byte of the file stands for each block. This JVM is not asked for one that it has.
                if (!LOCKED.contains(block) && blocks.tryLock(block, 1, false) != null) {
                    LOCKED.add(block);
                    return block;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock ports in " + directory, e);
        }
        throw new IllegalStateException("all ports from " + FIRST + " on are given out");
    }

    /** Never closed: the locks of a JVM on a file end with its first channel to it that is closed. */
    private static FileChannel open(Path directory) throws IOException {
        FileChannel open = channel;
        if (open == null) {
            Files.createDirectories(directory);
            open = FileChannel.open(directory.resolve("blocks"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel = open;
        }
        return open;
    }

    /** True when nothing listens on this port of 127.0.0.1. */
    public static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
