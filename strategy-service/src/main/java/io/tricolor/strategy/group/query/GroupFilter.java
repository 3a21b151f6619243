package io.tricolor.strategy.group.query;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which groups of all a list has, and in which order; what is null or empty does not matter.
 *
 * @param prefix that the id begins with
 * @param application exactly this
 * @param statuses one of them
 * @param ended whether those that have ended are asked for as well
 */
public record GroupFilter(
        @Nullable String prefix, @Nullable String application, Set<GroupStatus> statuses, boolean ended, Order order) {

    /** What a list is sorted by; then by id. */
    public enum Order {
        GROUP("group_id", false),
        APPLICATION("application", false),
        /** The upgrade that began last comes first, groups without one come last. */
        UPGRADE("upgrade_since", true);

        private final String column;
        private final boolean descending;

        Order(String column, boolean descending) {
            this.column = column;
            this.descending = descending;
        }

        String column() {
            return column;
        }

        boolean descending() {
            return descending;
        }
    }

    /** All that have not ended, or all, by id. */
    public static GroupFilter everything(boolean ended) {
        return new GroupFilter(null, null, Set.of(), ended, Order.GROUP);
    }

    /** Of the parameters of a request; {@link Rejected} with INVALID_ARGUMENT for a word that there is not. */
    public static GroupFilter of(
            @Nullable String prefix,
            @Nullable String application,
            @Nullable List<String> status,
            @Nullable String sort,
            boolean ended) {
        Set<GroupStatus> statuses = status == null
                ? Set.of()
                : status.stream()
                        .map(word -> word(GroupStatus.class, "status", word))
                        .collect(Collectors.toUnmodifiableSet());
        return new GroupFilter(
                prefix,
                application,
                statuses,
                ended || statuses.contains(GroupStatus.ENDED),
                sort == null ? Order.GROUP : word(Order.class, "sort", sort));
    }

    private static <E extends Enum<E>> E word(Class<E> words, String parameter, String text) {
        return Arrays.stream(words.getEnumConstants())
                .filter(word -> word.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new Rejected(
                        Code.INVALID_ARGUMENT,
                        parameter + " is one of " + Arrays.toString(words.getEnumConstants()) + ", not '" + text
                                + "'"));
    }
}
