package io.tricolor.strategy.routing;

import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.routing.RouteTable;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A route table as it goes to routers: compact JSON, the members in the order of the records, maps sorted. The same
 * table is written by
 * the same bytes in every release, since their hash is a part of its identity.
 *
 * @param json what is hashed, served and kept in the registry
 */
public record RouteTableDocument(RouteTable table, TableIdentity identity, String json) {

    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
            .build();

    static RouteTableDocument of(RouteTable table) {
        String json = CANONICAL.writeValueAsString(table);
        return new RouteTableDocument(table, TableIdentity.of(table.epoch(), table.version(), json), json);
    }

    int bytes() {
        return json.getBytes(StandardCharsets.UTF_8).length;
    }

    String etag() {
        return "\"" + identity + "\"";
    }
}
