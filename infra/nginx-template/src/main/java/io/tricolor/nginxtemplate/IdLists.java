package io.tricolor.nginxtemplate;

import java.io.IOException;

/** Lists of numeric ids that tables refer to by their digest. */
@FunctionalInterface
interface IdLists {

    /**
     * The ids, strictly ascending.
     *
     * @throws IOException when the list cannot be had now
     * @throws Refused when it is not what its digest says
     */
    long[] load(GroupTable.IdList list) throws IOException, Refused;
}
