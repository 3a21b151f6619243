package io.tricolor.strategy.idlist;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import io.tricolor.strategy.idlist.NewList.Sorted;
import java.io.IOException;

/** Makes the content of a list of what comes in any order. Blocking, for one thread. */
abstract sealed class ListSorter implements AutoCloseable permits IdSorter, IntervalSorter {

    private final IdList.Kind kind;
    private final NewList list;
    private long added;

    ListSorter(IdList.Kind kind) throws IOException {
        this.kind = kind;
        this.list = new NewList(kind);
    }

    /** One more; PAYLOAD_TOO_LARGE beyond the longest list there may be. */
    final void count() {
        if (added == kind.maxCount()) {
            throw new Rejected(Code.PAYLOAD_TOO_LARGE, "a list has at most " + kind.maxCount() + " " + kind.word());
        }
        added++;
    }

    /** The list of all that was added; INVALID_ARGUMENT when that is nothing. To be called once. */
    final Sorted sorted() throws IOException {
        writeTo(list);
        return list.sorted();
    }

    abstract void writeTo(NewList content) throws IOException;

    @Override
    public void close() throws IOException {
        list.close();
    }
}
