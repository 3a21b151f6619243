package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;

/** What lists and versions have in common. */
final class Paging {

    static final int MAX_LIMIT = 500;

    private Paging() {}

    static void check(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
    }

    static String etag(long version) {
        return "\"" + version + "\"";
    }
}
