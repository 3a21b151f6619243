package io.tricolor.strategy.idlist;

import io.tricolor.contracts.group.IdList;
import java.io.IOException;

/** Makes a list of single ids: sorted, each once. */
final class IdSorter extends ListSorter {

    private final SortedNumbers ids = new SortedNumbers();

    IdSorter() throws IOException {
        super(IdList.Kind.IDS);
    }

    /** Takes one more id; PAYLOAD_TOO_LARGE beyond the longest list there may be. */
    void add(long id) throws IOException {
        count();
        ids.add(id);
    }

    @Override
    void writeTo(NewList content) throws IOException {
        ids.sort();
        long last = 0;
        for (boolean first = true; ids.hasNext(); first = false) {
            long id = ids.next();
            if (first || id != last) {
                content.write(id);
            }
            last = id;
        }
    }

    @Override
    public void close() throws IOException {
        ids.close();
        super.close();
    }
}
