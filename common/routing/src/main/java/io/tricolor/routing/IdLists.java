package io.tricolor.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.IdList;

/** Where the content of the lists is that a table refers to. */
@FunctionalInterface
public interface IdLists {

    /** Has no list. */
    IdLists NONE = reference -> {
        throw new Rejected(
                Rejection.Code.ID_LIST_NOT_FOUND, "the content of id list " + reference.sha256() + " is not here");
    };

    /**
     * The content of a list.
     *
     * @throws Rejected with ID_LIST_NOT_FOUND when it is not here, with INVALID_ARGUMENT when what is here is something
     *     else
     */
    ListContent content(IdList reference);
}
