package io.tricolor.marathon.engine;

import java.util.concurrent.atomic.LongAdder;

/** What happened since the engine was started. */
public record Counters(
        LongAdder launched, LongAdder adopted, LongAdder failed, LongAdder killed, LongAdder healthChecks) {

    Counters() {
        this(new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
    }
}
