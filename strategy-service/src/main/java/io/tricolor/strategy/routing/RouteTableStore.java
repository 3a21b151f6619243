package io.tricolor.strategy.routing;

import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.util.Optional;

/** A place other than strategy-service from which routers can fetch the newest table of a group. */
interface RouteTableStore {

    /** The stored table of a group, empty when there is none. */
    Optional<RouteTable> read(String groupId) throws IOException, InterruptedException;

    /**
     * Stores a table unless the stored one is as new or newer. Of two writers at once, the newer table wins.
     *
     * @throws IOException when the store cannot be reached, or refuses
     */
    void write(RouteTable table) throws IOException, InterruptedException;
}
