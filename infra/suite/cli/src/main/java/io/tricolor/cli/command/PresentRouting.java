package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.ListContent;
import io.tricolor.routing.RouteTable;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What routers decide by now: the table of a group and the instances that are healthy.
 *
 * @param table the one that routers are to run
 * @param clusters as the view of the group has them
 */
record PresentRouting(Api api, RouteTable table, JsonNode clusters) {

    /**
     * Asks for it.
     *
     * @param router whose table; null: the one that everybody is to run
     */
    static PresentRouting of(Api api, String group, @Nullable String router) throws InterruptedException {
        Map<String, @Nullable String> query = new HashMap<>();
        query.put("router", router);
        JsonNode table = api.get(Service.STRATEGY, Paths.query(Paths.api("route-tables", group), query))
                .body();
        JsonNode view = api.get(Service.STRATEGY, Paths.api("groups", group)).body();
        return new PresentRouting(api, table(table), view.path("clusters"));
    }

    private static RouteTable table(JsonNode document) {
        try {
            RouteTable table = ApiCommand.JSON.treeToValue(document, RouteTable.class);
            if (table != null) {
                return table;
            }
        } catch (JacksonException e) {
            throw CliFailed.of(
                    ExitCode.FAILED,
                    "the table cannot be understood: " + e.getOriginalMessage(),
                    "is the service newer than this command?");
        }
        throw Api.incomplete("route table");
    }

    /** The service that is named, or the one of the first entry. */
    String serviceOr(@Nullable String named) {
        return named != null
                ? named
                : table.entries().stream()
                        .map(Entry::service)
                        .findFirst()
                        .orElseThrow(() ->
                                CliFailed.usage("group " + table.group() + " has no entries; name a --service", null));
    }

    /** A table as routers decide by it, with the lists that it refers to. */
    CompiledTable compiled(RouteTable some) throws InterruptedException {
        Map<IdList, ListContent> lists = new HashMap<>();
        try {
            for (IdList list : some.referencedLists()) {
                byte[] content = api.octets(Service.STRATEGY, Paths.api("id-lists", list.sha256()));
                lists.put(list, ListContent.of(list, ByteBuffer.wrap(content)));
            }
            return CompiledTable.of(some, reference -> {
                ListContent content = lists.get(reference);
                if (content == null) {
                    throw new IllegalStateException("not read: " + reference);
                }
                return content;
            });
        } catch (Rejected e) {
            throw CliFailed.of(ExitCode.FAILED, String.valueOf(e.getMessage()), null);
        }
    }

    /** Healthy instances of a service in a cluster. */
    int healthy(String cluster, String called) {
        for (JsonNode seen : clusters.path(cluster).path("observed").path("services")) {
            if (seen.path("service").asString("").equals(called)) {
                return seen.path("healthy").asInt(0);
            }
        }
        return 0;
    }
}
