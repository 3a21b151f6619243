package io.tricolor.deploy.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A script as a process: in a copy of its directory, without the environment of this service, for a time. */
final class ScriptProcess {

    private static final int KEPT = 64 << 10;
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private ScriptProcess() {}

    /**
     * What became of it.
     *
     * @param exit null: it took too long and was ended
     * @param output the end of what it wrote
     */
    record End(@Nullable Integer exit, String output) {}

    static End run(
            Path scripts, Hook hook, Map<String, String> environment, Duration within, Consumer<ProcessHandle> started)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("tricolor-script-");
        try {
            copy(scripts, directory);
            ProcessBuilder builder = new ProcessBuilder(
                            directory.resolve(hook.file()).toString())
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.environment().keySet().retainAll(java.util.Set.of("PATH", "LANG", "TZ"));
            builder.environment().put("HOME", directory.toString());
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                started.accept(process.toHandle());
                Tail tail = new Tail(process.getInputStream());
                Thread reader = Thread.ofVirtual().start(tail);
                boolean ended = process.waitFor(within.toNanos(), TimeUnit.NANOSECONDS);
                if (!ended) {
                    end(process);
                }
                // A process that it left behind may hold the stream open.
                reader.join(LAST_WORDS);
                return new End(ended ? process.exitValue() : null, tail.text());
            } finally {
                end(process);
            }
        } finally {
            ScriptRepositories.delete(directory);
        }
    }

    private static void end(Process process) throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        if (process.isAlive()) {
            process.destroyForcibly();
            process.waitFor(LAST_WORDS.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    /** Reads a stream to its end and keeps the end of it. */
    private static final class Tail implements Runnable {

        private final InputStream in;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean cut;

        Tail(InputStream in) {
            this.in = in;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8_192];
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    take(buffer, n);
                }
            } catch (IOException e) {
                take("\n(the rest cannot be read)".getBytes(StandardCharsets.UTF_8), 25);
            }
        }

        private synchronized void take(byte[] bytes, int count) {
            kept.write(bytes, 0, count);
            if (kept.size() > 2 * KEPT) {
                byte[] all = kept.toByteArray();
                kept.reset();
                kept.write(all, all.length - KEPT, KEPT);
                cut = true;
            }
        }

        synchronized String text() {
            byte[] all = kept.toByteArray();
            int from = Math.max(0, all.length - KEPT);
            String text = new String(all, from, all.length - from, StandardCharsets.UTF_8).replace("\0", "");
            return (cut || from > 0 ? "…" : "") + text;
        }
    }
}
