package io.tricolor.kit.loop;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where one thing that works all the time is, and since when it stands still there although it has work to do. Made by
 * {@link ProgressWatch#watch}. Any thread may call any method.
 */
public final class Progress {

    /** What it means for the service that the thing stands still. */
    public enum Weight {
        /** The service does not do what it is for: its health is DOWN. */
        VITAL,
        /** The service still does what it is for: its health says {@code degraded}. */
        AUXILIARY
    }

    private static final int LONGEST_CAUSE = 300;

    private final String what;
    private final Weight weight;
    private final Supplier<String> position;
    private final LongSupplier nanoTime;
    private final AtomicReference<@Nullable Work> work = new AtomicReference<>();

    /**
     * Something that is not idle.
     *
     * @param since of the nanosecond clock; may lie ahead, then the thing is at rest until then
     * @param cause why it does not get on, null when nothing is known
     */
    private record Work(long since, @Nullable String cause) {}

    Progress(String what, Weight weight, Supplier<String> position, LongSupplier nanoTime) {
        this.what = what;
        this.weight = weight;
        this.position = position;
        this.nanoTime = nanoTime;
    }

    String what() {
        return what;
    }

    Weight weight() {
        return weight;
    }

    /** There is nothing to do. */
    public void idle() {
        work.set(null);
    }

    /** Nothing is to do for this long; the time that it stands still is counted from then. */
    public void idleFor(Duration rest) {
        work.set(new Work(nanoTime.getAsLong() + rest.toNanos(), null));
    }

    /** A piece of work is done, and there may be more. */
    public void moved() {
        idleFor(Duration.ZERO);
    }

    /** A piece of work has begun. Counts from the first such call since it was idle or moved. */
    public void busy() {
        long now = nanoTime.getAsLong();
        work.updateAndGet(
                before -> before == null ? new Work(now, null) : new Work(earlier(before.since, now), before.cause));
    }

    /** The work does not get on, for this reason. Counts from the first such call since it was idle or moved. */
    public void waits(String cause) {
        long now = nanoTime.getAsLong();
        String line = shorten(cause);
        work.updateAndGet(before -> new Work(before == null ? now : earlier(before.since, now), line));
    }

    /** As {@link #waits(String)}, for a failure: its innermost cause is what is shown. */
    public void waits(Throwable failure) {
        Throwable innermost = failure;
        for (int depth = 0; depth < 20; depth++) {
            Throwable cause = innermost.getCause();
            if (cause == null) {
                break;
            }
            innermost = cause;
        }
        waits(innermost.toString());
    }

    /** A turn of a loop begins: one that follows a good one may take this long. */
    void begins(Duration mayTake) {
        long now = nanoTime.getAsLong();
        work.updateAndGet(
                before -> before == null || before.cause == null ? new Work(now + mayTake.toNanos(), null) : before);
    }

    /** How long it has stood still with work to do; zero when it moves or has nothing to do. */
    public Duration standsStill() {
        Work now = work.get();
        return now == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - now.since));
    }

    /** Where it stands, for how long, and why. */
    String describe() {
        Work now = work.get();
        String cause = now == null || now.cause == null ? "it has not finished what it began" : now.cause;
        return "stands at " + where() + " for " + standsStill().toSeconds() + " s: " + cause;
    }

    private String where() {
        try {
            return shorten(position.get());
        } catch (RuntimeException e) { // for example because the database is what is away
            return "a position that cannot be read (" + shorten(e.toString()) + ")";
        }
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    private static String shorten(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() <= LONGEST_CAUSE ? line : line.substring(0, LONGEST_CAUSE) + "…";
    }
}
