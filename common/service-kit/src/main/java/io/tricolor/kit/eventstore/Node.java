package io.tricolor.kit.eventstore;

import java.time.Clock;
import java.util.UUID;

/**
 * How this process signs and dates what it claims in the database.
 *
 * @param name new with each start: a process never takes the claims of another one, or of its own past, for its own
 * @param clock the same for all processes
 */
record Node(String name, Clock clock) {

    static Node ofThisStart(String service, Clock clock) {
        return new Node(service + "#" + ProcessHandle.current().pid() + "-" + UUID.randomUUID(), clock);
    }
}
