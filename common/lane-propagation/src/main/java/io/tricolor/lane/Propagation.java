package io.tricolor.lane;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which headers are carried on, and to which hosts. Immutable. */
public final class Propagation {

    /** Header that names the lane. */
    public static final String LANE = "X-Tricolor-Lane";

    private final List<String> headers;
    private final List<String> hosts;

    /**
     * Rules.
     *
     * @param headers names, besides that of the lane
     * @param hosts that get them: names, or {@code *.example} for all names that end so; empty: every host
     */
    public Propagation(List<String> headers, List<String> hosts) {
        this.headers =
                Stream.concat(Stream.of(LANE), headers.stream()).distinct().toList();
        this.hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
    }

    /**
     * What is carried on from a request.
     *
     * @param first first value of a header by its name, as routers read an id
     * @param all all values of a header, as routers read lanes
     */
    CarriedHeaders from(Function<String, @Nullable String> first, Function<String, List<String>> all) {
        return CarriedHeaders.of(
                headers, name -> name.equals(LANE) ? String.join(",", all.apply(name)) : first.apply(name));
    }

    /** Whether requests to this address get the headers. */
    boolean reaches(URI target) {
        if (hosts.isEmpty()) {
            return true;
        }
        String host = target.getHost();
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        return hosts.stream()
                .anyMatch(rule -> rule.startsWith("*.") ? name.endsWith(rule.substring(1)) : name.equals(rule));
    }
}
