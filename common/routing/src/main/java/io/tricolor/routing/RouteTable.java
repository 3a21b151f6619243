package io.tricolor.routing;

import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;
import static io.tricolor.contracts.Rejection.Code.INVALID_ID;
import static io.tricolor.contracts.Rejection.Code.ROUTES_UNSERVED;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the requests of one group are to be routed, at one version: the document that strategy-service publishes and
 * every router
 * applies. There is no instance that leaves a request without a target: the constructor throws {@link Rejected} with
 *
 * <ul>
 *   <li>{@code ROUTES_UNSERVED} when no YELLOW or GREEN cluster has {@code all: true}, so that a request without id,
 * or with an id that
 *       nobody named, would reach nobody;
 *   <li>{@code INVALID_ID} for an id in a rule that no request can have (blank, untrimmed, too long);
 *   <li>{@code INVALID_ARGUMENT} for everything else that is missing, malformed or there twice.
 * </ul>
 *
 * <p>A group ends by a table as well, one that is {@code deleted}: it has no clusters and no request has a target. A
 * router drops what it
 * has of the group when it applies one, and for no other reason; it keeps the deleted table, so that no older one
 * comes back.
 *
 * <p>A reader from JSON has to fail on members that it does not know: they would route differently for a router that
 * does.
 *
 * @param group group id; also the salt of the percent hash
 * @param epoch from 0; rises when a group of the same id is created again
 * @param version from 1; rises with every table of the epoch
 * @param affinity ID when missing
 * @param identity the standard sources when missing
 * @param entries may be empty; host and path prefix together at most once
 * @param clusters by name; none when deleted
 * @param deleted whether the group has ended; written only when it has
 */
public record RouteTable(
        String group,
        long epoch,
        long version,
        Affinity affinity,
        IdentitySource identity,
        List<Entry> entries,
        SortedMap<String, RouteStrategy> clusters,

        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonSetter(nulls = Nulls.AS_EMPTY)
        boolean deleted) {

    /** Most clusters that a table may have. */
    public static final int MAX_CLUSTERS = 64;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?");
    private static final int MAX_PATH_LENGTH = 1_024;

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public RouteTable {
        requireName("group", group);
        require(epoch >= 0, "epoch is at least 0, not " + epoch);
        require(version >= 1, "version is at least 1, not " + version);
        affinity = affinity == null ? Affinity.ID : affinity;
        identity = identity == null ? IdentitySource.standard() : identity;
        requireNames("identity.claims", identity.claims());
        requireNames("identity.headers", identity.headers());
        requireNames("identity.cookies", identity.cookies());
        requireNames("identity.queryParameters", identity.queryParameters());
        entries = entries == null ? List.of() : immutable("entries", entries);
        requireEntries(entries);
        clusters = clusters == null ? new TreeMap<>() : new TreeMap<>(clusters);
        require(clusters.size() <= MAX_CLUSTERS, "at most " + MAX_CLUSTERS + " clusters, not " + clusters.size());
        clusters.forEach(RouteTable::requireCluster);
        require(!deleted || clusters.isEmpty(), "a deleted table has no clusters");
        if (!deleted && clusters.values().stream().noneMatch(RouteStrategy::takesRequestsWithoutId)) {
            throw new Rejected(
                    ROUTES_UNSERVED,
                    "group " + group
                            + ": no YELLOW or GREEN cluster has all: true, a request without id would have no target");
        }
        clusters = Collections.unmodifiableSortedMap(clusters);
    }

    /** A table of a group that there is. */
    public RouteTable(
            String group,
            long epoch,
            long version,
            Affinity affinity,
            IdentitySource identity,
            List<Entry> entries,
            SortedMap<String, RouteStrategy> clusters) {
        this(group, epoch, version, affinity, identity, entries, clusters, false);
    }

    /** The table that ends a group: a router that applies it drops every older one. */
    public static RouteTable deleted(String group, long epoch, long version) {
        return new RouteTable(
                group, epoch, version, Affinity.ID, IdentitySource.standard(), List.of(), new TreeMap<>(), true);
    }

    /** Whether this table replaces the other one of the same group in a router: its (epoch, version) is higher. */
    public boolean supersedes(@Nullable RouteTable other) {
        return other == null || epoch > other.epoch || (epoch == other.epoch && version > other.version);
    }

    /** Every list of ids that a rule of this table refers to: what a router needs besides the table. */
    public Set<IdList> referencedLists() {
        Set<IdList> lists = new LinkedHashSet<>();
        clusters.values().forEach(strategy -> lists.addAll(strategy.id().idLists()));
        return lists;
    }

    private static <T> List<T> immutable(String name, List<T> list) {
        for (T element : list) {
            require(element != null, name + " holds null");
        }
        return List.copyOf(list);
    }

    private static void requireNames(String place, List<String> names) {
        for (String name : names) {
            require(!name.isBlank() && name.equals(name.trim()), place + ": '" + name + "' is not a name");
        }
    }

    @SuppressWarnings("NullAway")
    private static void requireEntries(List<Entry> entries) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            String place = "entries[" + i + "]";
            requireName(place + ".service", entry.service());
            String path = entry.pathPrefix();
            require(
                    path != null
                            && path.startsWith("/")
                            && path.length() <= MAX_PATH_LENGTH
                            && path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '?' && c != '#'),
                    place + ".pathPrefix begins with a slash and is written as in a request line, not '" + path + "'");
            String host = entry.host();
            require(
                    host == null || (!host.isBlank() && host.equals(EntryIndex.canonicalHost(host))),
                    place + ".host is a lower-case host name without port, not '" + host + "'");
            require(
                    seen.add(host + " " + EntryIndex.canonicalPrefix(path)),
                    place + ": host and pathPrefix " + path + " are there twice");
        }
    }

    @SuppressWarnings("NullAway")
    private static void requireCluster(String name, RouteStrategy strategy) {
        requireName("clusters", name);
        String place = "clusters." + name;
        require(strategy != null, place + " has no strategy");
        require(strategy.status() != null, place + ".status is missing");
        require(strategy.id() != null, place + ".id is missing");
        for (IdInterval interval : strategy.id().intervals()) {
            require(interval != null, place + ".id.intervals holds null");
        }
        for (String text : strategy.id().ids()) {
            RequestId id = RequestId.of(text);
            if (id == null || !id.text().equals(text)) {
                throw new Rejected(
                        INVALID_ID,
                        place + ".id.ids: '" + shortened(text) + "' is blank, has blanks around it or is longer than "
                                + RequestId.MAX_BYTES + " bytes");
            }
        }
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }

    @SuppressWarnings("NullAway")
    private static void requireName(String place, String name) {
        require(
                name != null && NAME.matcher(name).matches(),
                place + ": '" + name
                        + "' is not a name of letters, digits, dots, dashes and underscores, 1 to 128 long");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new Rejected(INVALID_ARGUMENT, message);
        }
    }
}
