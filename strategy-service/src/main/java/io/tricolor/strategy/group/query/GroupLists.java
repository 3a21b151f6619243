package io.tricolor.strategy.group.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.GroupState;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Lists of groups, page by page, from the read model. Blocking. */
@Component
public class GroupLists {

    private static final String WHICH = """
            model = :model and (:ended or not deleted)
            and (:prefix::text is null or starts_with(group_id, :prefix::text))
            and (:application::text is null or application = :application::text)
            and (cardinality(:statuses::text[]) = 0 or status = any(:statuses::text[]))
            """;

    private final JdbcClient jdbc;

    GroupLists(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Some groups.
     *
     * @param next to be given as {@code after} for those that follow; null: there are none
     */
    public record Page(List<GroupState> groups, @Nullable String next) {}

    /** Where a page ends: what the last group is sorted by, and its id. */
    private record Place(String key, String groupId) {

        /** By id alone the id itself says it, which is what this list has always taken. */
        static Place of(String cursor, GroupFilter.Order order) {
            if (order == GroupFilter.Order.GROUP) {
                return new Place(cursor, cursor);
            }
            try {
                String[] parts = new String(Base64.getUrlDecoder().decode(cursor), UTF_8).split("\n", -1);
                if (parts.length == 2 && Arrays.stream(parts).allMatch(part -> part.indexOf('\0') < 0)) {
                    return new Place(parts[0], parts[1]);
                }
            } catch (IllegalArgumentException e) {
                throw unknown();
            }
            throw unknown();
        }

        String cursor(GroupFilter.Order order) {
            return order == GroupFilter.Order.GROUP
                    ? groupId
                    : Base64.getUrlEncoder().withoutPadding().encodeToString((key + "\n" + groupId).getBytes(UTF_8));
        }

        private static Rejected unknown() {
            return new Rejected(Code.INVALID_ARGUMENT, "after is the next of an earlier page in the same order");
        }
    }

    private record Row(GroupState state, Place place) {}

    /** The groups after a place, the first ones without it. */
    public Page page(GroupFilter filter, @Nullable String after, int limit) {
        GroupFilter.Order order = filter.order();
        Place place = after == null ? null : Place.of(after, order);
        String direction = order.descending() ? " desc" : "";
        String sql = "select state, group_id, " + order.column() + " as key from group_view where " + WHICH
                + " and (:key::text is null or (" + order.column() + ", group_id) "
                + (order.descending() ? "<" : ">") + " (:key::text, :id::text))"
                + " order by " + order.column() + direction + ", group_id" + direction + " limit :limit";
        List<Row> rows = bound(jdbc.sql(sql), filter)
                .param("key", place == null ? null : place.key())
                .param("id", place == null ? null : place.groupId())
                .param("limit", limit)
                .query((row, n) -> new Row(
                        ContractsJson.mapper().readValue(row.getString("state"), GroupState.class),
                        new Place(row.getString("key"), row.getString("group_id"))))
                .list();
        return new Page(
                rows.stream().map(Row::state).toList(),
                rows.size() < limit ? null : rows.getLast().place().cursor(order));
    }

    /** How many groups there are. */
    public long count(GroupFilter filter) {
        return bound(jdbc.sql("select count(*) from group_view where " + WHICH), filter)
                .query(Long.class)
                .single();
    }

    private static JdbcClient.StatementSpec bound(JdbcClient.StatementSpec statement, GroupFilter filter) {
        return statement
                .param("model", GroupReadModels.MODEL)
                .param("ended", filter.ended())
                .param("prefix", filter.prefix())
                .param("application", filter.application())
                .param("statuses", filter.statuses().stream().map(Enum::name).toArray(String[]::new));
    }
}
