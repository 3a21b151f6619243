package io.tricolor.strategy.routing;

import io.tricolor.contracts.router.TableIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;

/** A place other than strategy-service from which routers can fetch the newest table of a group. */
interface RouteTableStore {

    /** The stored document of a group, empty when there is none. */
    Optional<String> read(String groupId) throws IOException, InterruptedException;

    /**
     * What is stored.
     *
     * @param index of this state; rises with every change
     * @param tables by group; what cannot be read as a table has no identity and is {@link TableIdentity#NONE}
     */
    record Copies(long index, SortedMap<String, TableIdentity> tables) {}

    /**
     * All copies, as soon as something is different than at {@code index}, or after {@code wait}.
     *
     * @param index 0: at once
     */
    Copies copies(long index, Duration wait) throws IOException, InterruptedException;

    /**
     * Stores a table, unless the stored one is newer. One that is older, of the same place with another content, or
     * no table at all is replaced. Of
     * two writers at once, the newer table wins.
     *
     * @return what is stored now
     * @throws IOException when the store cannot be reached, or refuses
     */
    TableIdentity write(RouteTableDocument table) throws IOException, InterruptedException;
}
