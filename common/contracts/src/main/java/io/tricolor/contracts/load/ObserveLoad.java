package io.tricolor.contracts.load;

import io.tricolor.contracts.EventType;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Desired state: the load of these services of a group is to be observed. Said again every few seconds as long as it is
 * desired; what is not said for {@value #FORGOTTEN_AFTER_SECONDS} s is forgotten.
 *
 * @param services not empty
 */
@EventType("monitor.observe-load")
public record ObserveLoad(String groupId, SortedSet<String> services) implements LoadCommand {

    /** After so many seconds without it the load is not observed any longer. */
    public static final int FORGOTTEN_AFTER_SECONDS = 120;

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing set
    public ObserveLoad {
        services = Collections.unmodifiableSortedSet(services == null ? new TreeSet<>() : new TreeSet<>(services));
    }
}
