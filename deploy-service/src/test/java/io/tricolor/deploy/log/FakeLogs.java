package io.tricolor.deploy.log;

import io.tricolor.deploy.orchestrator.InstanceLogs;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One log that the test writes. */
public final class FakeLogs implements InstanceLogs {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private boolean ended;
    private boolean away;

    /** Appends. */
    public synchronized void write(String text) {
        written.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        notifyAll();
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    synchronized void away() {
        away = true;
        notifyAll();
    }

    @Override
    public boolean mayHave(String instanceId) {
        return true;
    }

    @Override
    public boolean isOf(String group, String cluster, String instanceId) {
        return true;
    }

    @Override
    public synchronized Optional<Part> tail(String instanceId, Stream stream, int lines) {
        return Optional.of(new Part(0, written.toByteArray(), false));
    }

    @Override
    public synchronized Optional<Part> read(String instanceId, Stream stream, long from, Duration wait)
            throws Unavailable {
        try {
            while (!away && !ended && written.size() <= from) {
                wait(wait.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted");
        }
        if (away) {
            throw new Unavailable("away");
        }
        byte[] content = Arrays.copyOfRange(written.toByteArray(), (int) from, written.size());
        return Optional.of(new Part(from, content, ended && content.length == 0));
    }

    @Override
    public List<Kept> kept(ServiceKey service) {
        return List.of();
    }
}
