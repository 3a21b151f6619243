package io.tricolor.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The load: {@code wrk}, one thread, requests of 1,000 users in turn. A run with a failed request is no measurement.
 */
final class Wrk {

    private static final String SCRIPT = """
            local requests = {}
            local number = 0

            function init(args)
                for i = 1, 1000 do
                    requests[i] = wrk.format("GET", "/shop/items/" .. i % 10, {["X-User-Id"] = tostring(i)})
                end
            end

            function request()
                number = number % 1000 + 1
                return requests[number]
            end

            function done(summary, latency, requests)
                local errors = summary.errors
                io.write(string.format("\\nRESULT %d %d %d %.1f %.1f\\n", summary.requests, summary.duration,
                    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
                    latency:percentile(50), latency:percentile(99)))
            end
            """;
    private static final Pattern RESULT = Pattern.compile("(?m)^RESULT (\\d+) (\\d+) (\\d+) ([0-9.]+) ([0-9.]+)$");

    private final Path script;
    private final int connections;

    Wrk(Path dir, int connections) throws IOException {
        this.script = Files.writeString(Files.createDirectories(dir).resolve("load.lua"), SCRIPT)
                .toAbsolutePath();
        this.connections = connections;
    }

    /** What one run found. Durations are in microseconds. */
    record Result(long requests, long durationMicros, double p50Micros, double p99Micros) {

        double perSecond() {
            return requests * 1e6 / durationMicros;
        }
    }

    Result run(URI target, int seconds) throws IOException, InterruptedException {
        Process wrk = new ProcessBuilder(Cores.others(List.of(
                        "wrk",
                        "-t1",
                        "-c" + connections,
                        "-d" + seconds + "s",
                        "--timeout",
                        "10s",
                        "-s",
                        script.toString(),
                        target.toString())))
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!wrk.waitFor(10, TimeUnit.SECONDS) || wrk.exitValue() != 0) {
                throw new IOException("wrk failed: " + output.strip());
            }
            Matcher result = RESULT.matcher(output);
            if (!result.find()) {
                throw new IOException("wrk said nothing of its result: " + output.strip());
            }
            if (Long.parseLong(result.group(3)) > 0) {
                throw new IOException(result.group(3) + " failed requests to " + target);
            }
            return new Result(
                    Long.parseLong(result.group(1)),
                    Long.parseLong(result.group(2)),
                    Double.parseDouble(result.group(4)),
                    Double.parseDouble(result.group(5)));
        } finally {
            wrk.destroyForcibly();
        }
    }
}
