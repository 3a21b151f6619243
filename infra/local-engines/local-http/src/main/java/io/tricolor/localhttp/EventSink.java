package io.tricolor.localhttp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The producer's end of one stream of server-sent events. Safe for use by many threads; sending never blocks. A client
 * that reads so slowly that {@value #CAPACITY} events wait for it is cut off, since it could only be told a wrong story
 * from there on.
 */
public final class EventSink {
    /** Events that may wait for a slow client. */
    static final int CAPACITY = 10_000;

    private static final String END = "";

    private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(CAPACITY + 1);
    private final List<Runnable> closeListeners = new ArrayList<>();
    private boolean open = true;

    EventSink() {}

    /**
     * Queues one event, delivered in the order of the calls.
     *
     * @param event the event's name, or null for an unnamed one
     * @param id the event's id, or null for none
     * @param data may have several lines
     * @return false when the stream has ended, or ends now because the client is too slow
     */
    public boolean send(@Nullable String event, @Nullable String id, String data) {
        StringBuilder text = new StringBuilder(data.length() + 64);
        if (event != null) {
            text.append("event: ").append(singleLine(event)).append('\n');
        }
        if (id != null) {
            text.append("id: ").append(singleLine(id)).append('\n');
        }
        data.lines().forEach(line -> text.append("data: ").append(line).append('\n'));
        if (data.isEmpty()) {
            text.append("data: \n");
        }
        return enqueue(text.append('\n').toString());
    }

    /** Whether the stream still runs, as far as is known. */
    public synchronized boolean isOpen() {
        return open;
    }

    /** Ends the stream after what was sent so far. */
    public void close() {
        finish(false);
    }

    /** Calls {@code listener} once when the stream has ended, at once if it has already. */
    public void onClose(Runnable listener) {
        synchronized (this) {
            if (open) {
                closeListeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    /** Ends the stream and drops what still waits. */
    void abandon() {
        finish(true);
    }

    /** The next piece of the stream, a comment when nothing came within {@code ping}, or null at the end. */
    @Nullable
    String next(Duration ping) throws InterruptedException {
        String text = queue.poll(ping.toMillis(), TimeUnit.MILLISECONDS);
        if (text == null) {
            return ": ping\n\n";
        }
        return text.equals(END) ? null : text;
    }

    private synchronized boolean enqueue(String text) {
        if (open && queue.size() < CAPACITY) {
            return queue.offer(text);
        }
        if (open) {
            finish(true);
        }
        return false;
    }

    private void finish(boolean dropWaiting) {
        List<Runnable> listeners;
        synchronized (this) {
            if (!open) {
                return;
            }
            open = false;
            if (dropWaiting) {
                queue.clear();
            }
            if (!queue.offer(END)) {
                throw new IllegalStateException("no room for the end of the stream");
            }
            listeners = List.copyOf(closeListeners);
            closeListeners.clear();
        }
        listeners.forEach(Runnable::run);
    }

    private static String singleLine(String text) {
        return text.replace('\r', ' ').replace('\n', ' ');
    }
}
