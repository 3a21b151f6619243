package io.tricolor.loggateway.intake;

import java.util.concurrent.atomic.AtomicLong;

/** A bounded number of bytes, shared by all requests. */
final class InFlight {

    private final AtomicLong used = new AtomicLong();
    private final long most;

    InFlight(long most) {
        this.most = most;
    }

    boolean take(long bytes) {
        while (true) {
            long before = used.get();
            if (before + bytes > most) {
                return false;
            }
            if (used.compareAndSet(before, before + bytes)) {
                return true;
            }
        }
    }

    void giveBack(long bytes) {
        used.addAndGet(-bytes);
    }

    long used() {
        return used.get();
    }
}
