package io.tricolor.router.sources;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The addresses of the instances of a service, and which of them is asked. The one that answered last comes first. One
 * that fails is followed by the next, and is asked only after the others for a time that doubles with each failure in a
 * row, from 1 s to 30 s. Thread-safe: all calls of a service share one.
 */
public final class Addresses {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final List<Address> all;
    private final Consumer<String> failures;
    private final LongSupplier nanoTime;
    private int preferred;

    /**
     * Addresses in the order in which they are tried at first.
     *
     * @param urls with http or https, a slash at the end does not count; one that is there twice counts once
     * @param failures is told the address of each call that failed
     * @throws IllegalArgumentException when there is none
     */
    public Addresses(Collection<String> urls, Consumer<String> failures) {
        this(urls, failures, System::nanoTime);
    }

    Addresses(Collection<String> urls, Consumer<String> failures, LongSupplier nanoTime) {
        Set<String> distinct = new LinkedHashSet<>();
        urls.forEach(url -> distinct.add(url.endsWith("/") ? url.substring(0, url.length() - 1) : url));
        if (distinct.isEmpty()) {
            throw new IllegalArgumentException("a service needs at least one address");
        }
        this.all = distinct.stream().map(Address::new).toList();
        this.failures = failures;
        this.nanoTime = nanoTime;
    }

    /** One address, and what is known of it. */
    final class Address {

        private final String url;
        private final Set<Runnable> underWay = new LinkedHashSet<>();
        private int inARow;
        private long aloneUntil;

        private Address(String url) {
            this.url = url;
        }

        String url() {
            return url;
        }

        private boolean isLeftAlone(long now) {
            return inARow > 0 && now - aloneUntil < 0;
        }

        /** A call to it has begun; {@code giveUp} ends it. */
        void begins(Runnable giveUp) {
            synchronized (Addresses.this) {
                underWay.add(giveUp);
            }
        }

        /** A call to it is over, however that came. */
        void ends(Runnable giveUp) {
            synchronized (Addresses.this) {
                underWay.remove(giveUp);
            }
        }

        /** It has answered, and is asked first from now on. */
        void answered() {
            synchronized (Addresses.this) {
                inARow = 0;
                preferred = all.indexOf(this);
            }
        }

        /**
         * It has not answered, or by a failure.
         *
         * @param silent whether nothing came: then other calls to it are given up when there is another address to
         *     ask, since a long poll would wait for a machine that is gone
         */
        void failed(boolean silent) {
            List<Runnable> abandoned;
            synchronized (Addresses.this) {
                long now = nanoTime.getAsLong();
                inARow++;
                aloneUntil = now + pause(inARow).toNanos();
                boolean isReplaced = all.stream().anyMatch(other -> !other.isLeftAlone(now));
                abandoned = silent && isReplaced ? List.copyOf(underWay) : List.of();
            }
            abandoned.forEach(Runnable::run);
            failures.accept(url);
        }
    }

    private static Duration pause(int failuresInARow) {
        Duration pause = SHORTEST.multipliedBy(1L << Math.min(failuresInARow - 1, 10));
        return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
    }

    /** All of them in the order in which a call tries them; those that are left alone come last, the nearest first. */
    synchronized List<Address> inOrder() {
        long now = nanoTime.getAsLong();
        List<Address> order = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            order.add(all.get((preferred + i) % all.size()));
        }
        order.sort(Comparator.comparingLong(address -> address.isLeftAlone(now) ? address.aloneUntil - now : 0));
        return order;
    }

    /** The one that is asked next. */
    public String current() {
        return inOrder().getFirst().url();
    }

    @Override
    public String toString() {
        return String.join(", ", all.stream().map(Address::url).toList());
    }
}
