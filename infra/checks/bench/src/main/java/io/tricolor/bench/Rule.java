package io.tricolor.bench;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who goes to B.
 *
 * @param ids in the table itself
 * @param lists that the table refers to
 * @param intervals how many, of 50 ids each
 */
record Rule(List<String> ids, List<IdList> lists, int intervals) {

    /** Ten users and one interval. */
    static Rule small() {
        return new Rule(List.of("1", "2", "3", "5", "8", "13", "21", "34", "55", "89"), List.of(), 1);
    }

    /**
     * A million users in a list, ten thousand intervals; of the users that the load asks for every second one is in it.
     */
    static Rule large(long first) {
        return new Rule(List.of(), List.of(IdList.of(first, 2, 1_000_000)), 10_000);
    }

    /** The table of group {@code shop}: A serves everybody, B those of the rule. */
    String table(long version) {
        String quoted = ids.stream().map(id -> '"' + id + '"').collect(Collectors.joining(","));
        String ranges = IntStream.range(0, intervals)
                .mapToObj(i -> "[\"" + (10_000_000L + i * 100L) + "\",\"" + (10_000_049L + i * 100L) + "\"]")
                .collect(Collectors.joining(","));
        String references = lists.stream()
                .map(list -> "{\"sha256\":\"" + list.sha256() + "\",\"count\":" + list.count() + "}")
                .collect(Collectors.joining(","));
        return """
                {"group":"shop","epoch":1,"version":%d,"entries":[{"pathPrefix":"/","service":"web"}],
                 "clusters":{"A":{"status":"GREEN","id":{"all":true}},
                             "B":{"status":"YELLOW","id":{"all":false,"ids":[%s],"intervals":[%s]%s}}}}
                """.formatted(version, quoted, ranges, references.isEmpty() ? "" : ",\"idLists\":[" + references + "]");
    }
}
