package io.tricolor.nginxtemplate;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.RouteTable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Reads route tables as they were published. */
final class TableReader {

    private static final Map<Class<?>, String> PLACES = Map.of(
            RouteTable.class, "table",
            IdentitySource.class, "identity",
            Entry.class, "entry",
            RouteStrategy.class, "cluster",
            IdRule.class, "id");

    private TableReader() {}

    /**
     * Reads a document strictly.
     *
     * @throws Refused for what is not a table, for members that are not known, and for claims
     */
    static RouteTable read(String json) throws Refused {
        RouteTable table = table(json);
        List<String> claims = table.identity().claims();
        if (!claims.isEmpty()) {
            throw new Refused(
                    Refused.Reason.CLAIMS,
                    "identity.claims " + Json.STRICT.writeValueAsString(claims)
                            + ": nginx without Lua cannot verify a token");
        }
        return table;
    }

    private static RouteTable table(String json) throws Refused {
        try {
            @Nullable RouteTable table = Json.STRICT.readValue(json, RouteTable.class);
            if (table == null) {
                throw malformed("null");
            }
            return table;
        } catch (UnrecognizedPropertyException e) {
            String place = PLACES.get(e.getReferringClass());
            if (place == null) {
                throw malformed(firstLine(e));
            }
            throw new Refused(
                    Refused.Reason.UNKNOWN_MEMBER,
                    place + "." + e.getPropertyName() + " is not known here; it would be routed differently");
        } catch (Rejected | JacksonException | IllegalArgumentException e) {
            throw malformed(firstLine(e));
        }
    }

    private static Refused malformed(String why) {
        return new Refused(Refused.Reason.MALFORMED, "not a route table: " + why);
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
