package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.BytesLimitTerminateTimeTailPrettyLoggable;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import io.fabric8.kubernetes.client.dsl.TimeTailPrettyLoggable;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Logs of pods. Kubernetes keeps both streams as one, here stdout, and has no positions, but times: a reader that
 * comes back with the position at which it left off is given what was written from that second on. Of any other
 * position what stands before it is read and passed over. A log that is shorter than a position has been rotated,
 * or its container was started again; that is told as its end, and whoever follows it begins anew.
 */
final class KubernetesLogs implements InstanceLogs {

    private static final int MAX_BYTES = 1 << 20;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Duration REST = Duration.ofMillis(500);

    private static final int REMEMBERED = 1_000;

    private final KubernetesClient client;
    private final String namespace;

    /** Where readers left off, by the run of a pod's container. */
    private final Map<String, Mark> marks = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Mark> eldest) {
            return size() > REMEMBERED;
        }
    });

    /**
     * A place in a log.
     *
     * @param position in bytes
     * @param second of the line before it
     * @param within bytes of the lines of that second that stand before it
     */
    private record Mark(long position, String second, long within) {}

    KubernetesLogs(KubernetesClient client, KubernetesProperties kubernetes) {
        this.client = client;
        this.namespace = kubernetes.namespace();
    }

    /** No name in Kubernetes has an underscore. */
    @Override
    public boolean mayHave(String instanceId) {
        return instanceId.indexOf('_') < 0;
    }

    @Override
    public boolean isOf(String group, String cluster, String instanceId) {
        return instanceId.startsWith(KubernetesNames.prefix(group, cluster));
    }

    @Override
    public Optional<Part> tail(String instanceId, Stream stream, int lines) throws Unavailable {
        return stream == Stream.STDERR ? Optional.empty() : log(instanceId, -1, (in, ended) -> last(in, lines, ended));
    }

    @Override
    public Optional<Part> read(String instanceId, Stream stream, long from, Duration wait) throws Unavailable {
        if (stream == Stream.STDERR) {
            return Optional.empty();
        }
        Duration bounded = wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
        long end = System.nanoTime() + bounded.toNanos();
        while (true) {
            Optional<Part> part = log(instanceId, from, (in, ended) -> behind(in, from, ended));
            boolean nothing = part.isPresent()
                    && part.get().content().length == 0
                    && !part.get().ended();
            if (!nothing || System.nanoTime() + REST.toNanos() > end) {
                return part;
            }
            rest();
        }
    }

    private static void rest() throws Unavailable {
        try {
            TimeUnit.MILLISECONDS.sleep(REST.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted while a log was waited for");
        }
    }

    @Override
    public List<Kept> kept(ServiceKey service) throws Unavailable {
        try {
            return client
                    .pods()
                    .inNamespace(namespace)
                    .withLabels(KubernetesNames.labels(service))
                    .list()
                    .getItems()
                    .stream()
                    .map(pod -> new Kept(
                            pod.getMetadata().getName(),
                            KubernetesReading.isPresent(pod),
                            KubernetesReading.instant(pod.getMetadata().getCreationTimestamp(), Instant.EPOCH)))
                    .sorted(Comparator.comparing(Kept::writtenAt).reversed())
                    .toList();
        } catch (KubernetesClientException e) {
            throw new Unavailable("Kubernetes does not list pods: " + e.getMessage());
        }
    }

    /** Takes what is needed out of a log. */
    private interface Reader {
        Part read(InputStream log, boolean ended) throws IOException;
    }

    /**
     * Opens a log.
     *
     * @param from where a reader goes on; -1: it reads all of it
     */
    private Optional<Part> log(String instanceId, long from, Reader reader) throws Unavailable {
        int at = instanceId.indexOf(KubernetesReading.RUN);
        String name = at < 0 ? instanceId : instanceId.substring(0, at);
        try {
            Pod pod = client.pods().inNamespace(namespace).withName(name).get();
            if (pod == null
                    || KubernetesNames.key(pod.getMetadata().getLabels()).isEmpty()) {
                return Optional.empty();
            }
            int ended = KubernetesReading.restarts(pod);
            String run = at < 0 ? null : instanceId.substring(at + 1);
            boolean before = run != null && run.equals(Integer.toString(ended));
            if (run != null && !before && !run.equals(Integer.toString(ended + 1))) {
                return Optional.empty(); // the runs before the last one are forgotten
            }
            ContainerResource container =
                    client.pods().inNamespace(namespace).withName(name).inContainer(KubernetesNames.MAIN);
            String key = name + "~" + (before ? ended : ended + 1) + "~"
                    + pod.getMetadata().getUid();
            Mark known = marks.get(key);
            Mark mark = known != null && known.position() == from ? known : null;
            try (InputStream in = open(container, before, mark == null ? "" : mark.second())) {
                boolean over = before || !KubernetesReading.isPresent(pod);
                if (in == null) {
                    return Optional.of(new Part(Math.max(0, from), new byte[0], over));
                }
                TimedLog log = new TimedLog(in);
                Part part = mark == null ? reader.read(log, over) : onwards(log, mark, over);
                remember(key, part, log, mark == null ? 0 : mark.position() - mark.within());
                return Optional.of(part);
            }
        } catch (KubernetesClientException e) {
            return switch (e.getCode()) {
                case 400 -> Optional.of(new Part(0, new byte[0], false)); // it has not begun to write
                case 404 -> Optional.empty();
                default -> throw new Unavailable("Kubernetes does not give the log of " + name + ": " + e.getMessage());
            };
        } catch (IOException e) {
            throw new Unavailable("the log of " + name + " broke off: " + e);
        }
    }

    private static @Nullable InputStream open(ContainerResource container, boolean before, String since) {
        BytesLimitTerminateTimeTailPrettyLoggable timed = container.usingTimestamps();
        TimeTailPrettyLoggable run = before ? timed.terminated() : timed;
        return since.isEmpty() ? run.getLogInputStream() : run.sinceTime(since).getLogInputStream();
    }

    private static Part onwards(TimedLog log, Mark mark, boolean ended) throws IOException {
        Part part = behind(log, mark.within(), ended);
        return new Part(mark.position(), part.content(), part.ended());
    }

    /**
     * A part that was cut in the middle of a character ends before what was read.
     *
     * @param begin position at which the log that was read begins
     */
    private void remember(String key, Part part, TimedLog log, long begin) {
        long end = part.from() + part.content().length;
        long beyond = begin + log.count() - end;
        if (!log.second().isEmpty() && beyond >= 0 && beyond <= log.within()) {
            marks.put(key, new Mark(end, log.second(), log.within() - beyond));
        }
    }

    /** The last lines, of at most so many bytes. */
    private static Part last(InputStream in, int lines, boolean ended) throws IOException {
        byte[] window = new byte[2 * MAX_BYTES];
        int filled = 0;
        long passed = 0;
        for (int read = in.read(window); read >= 0; read = in.read(window, filled, window.length - filled)) {
            filled += read;
            if (filled == window.length) {
                System.arraycopy(window, MAX_BYTES, window, 0, MAX_BYTES);
                passed += MAX_BYTES;
                filled = MAX_BYTES;
            }
        }
        int begin = Math.max(0, filled - MAX_BYTES);
        int found = 0;
        for (int i = filled - 2; i >= begin; i--) {
            if (window[i] == '\n' && ++found == lines) {
                begin = i + 1;
                break;
            }
        }
        return part(passed + begin, Arrays.copyOfRange(window, begin, filled), ended);
    }

    private static Part behind(InputStream in, long from, boolean ended) throws IOException {
        try {
            in.skipNBytes(from);
        } catch (EOFException e) {
            return new Part(from, new byte[0], true);
        }
        byte[] content = in.readNBytes(MAX_BYTES);
        boolean more = content.length == MAX_BYTES;
        return part(from, content, ended && !more);
    }

    /** The rest of a character that was cut in two comes with the next part. */
    private static Part part(long from, byte[] content, boolean ended) {
        int whole = ended ? content.length : Characters.whole(content);
        return new Part(from, whole == 0 ? content : Arrays.copyOf(content, whole), ended);
    }
}
