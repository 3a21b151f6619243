package io.tricolor.engines;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Ends child processes when this JVM is gone, also after {@code kill -9}. A small shell reads the pids from a pipe that
 * only this JVM writes to; when the pipe closes it sends SIGTERM, then SIGKILL to those that are left. So nothing needs
 * to be built into the children.
 */
final class OrphanGuard {

    private static final String SCRIPT = """
            trap '' INT TERM HUP
            pids=' '
            while read -r sign pid; do
                case $sign in
                +) pids="$pids$pid " ;;
                -) pids="${pids%% $pid *} ${pids#* $pid }" ;;
                esac
            done
            [ "$pids" = ' ' ] && exit 0
            kill -TERM $pids 2>/dev/null
            tries=0
            while kill -0 $pids 2>/dev/null && [ $tries -lt 20 ]; do
                sleep 0.1
                tries=$((tries + 1))
            done
            kill -KILL $pids 2>/dev/null
            exit 0
            """;

    private static @Nullable OutputStream pipe;

    private OrphanGuard() {}

    static void watch(long pid) {
        tell("+ " + pid);
    }

    static void forget(long pid) {
        tell("- " + pid);
    }

    private static synchronized void tell(String line) {
        try {
            OutputStream out = pipe;
            if (out == null) {
                out = new ProcessBuilder("/bin/sh", "-c", SCRIPT)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .getOutputStream();
                pipe = out;
            }
            out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        } catch (IOException e) {
            throw new EngineFailed("cannot guard child processes against outliving this JVM", e);
        }
    }
}
