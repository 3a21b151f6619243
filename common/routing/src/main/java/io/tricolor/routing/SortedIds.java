package io.tricolor.routing;

import io.tricolor.contracts.group.IdList;
import java.nio.LongBuffer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Single ids, strictly ascending. */
public final class SortedIds implements ListContent {

    private final IdList reference;
    private final LongBuffer ids;

    SortedIds(IdList reference, LongBuffer ids) {
        this.reference = reference;
        this.ids = ids;
        long last = ids.get(0);
        for (int i = 1; i < ids.limit(); i++) {
            long id = ids.get(i);
            if (id <= last) {
                throw ListContent.wrong(reference, "is not strictly ascending: " + id + " follows " + last);
            }
            last = id;
        }
    }

    @Override
    public IdList reference() {
        return reference;
    }

    /** All ids, ascending. */
    public LongStream ids() {
        return IntStream.range(0, ids.limit()).mapToLong(ids::get);
    }

    @Override
    public boolean contains(long id) {
        int low = 0;
        int high = ids.limit() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = ids.get(middle);
            if (found < id) {
                low = middle + 1;
            } else if (found > id) {
                high = middle - 1;
            } else {
                return true;
            }
        }
        return false;
    }
}
