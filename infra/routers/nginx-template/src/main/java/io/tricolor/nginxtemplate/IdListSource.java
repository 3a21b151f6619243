package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.ListContent;
import java.io.IOException;

/**
 * Where the content of lists of ids comes from. Unlike {@link io.tricolor.routing.IdLists} it may be out of reach for
 * now.
 */
@FunctionalInterface
interface IdListSource {

    /**
     * The content of a list.
     *
     * @throws IOException when the list cannot be had now
     * @throws Refused when it is not what its digest says
     */
    ListContent load(IdList list) throws IOException, Refused;
}
