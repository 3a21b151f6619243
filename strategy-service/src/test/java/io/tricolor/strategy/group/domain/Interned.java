package io.tricolor.strategy.group.domain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Values by number, both ways; at most 2 to the power of {@code bits} of them. */
final class Interned<T> {

    private final Map<T, Integer> ids = new HashMap<>();
    private final List<T> values = new ArrayList<>();
    private final int bits;

    Interned(int bits) {
        this.bits = bits;
    }

    int id(T value) {
        Integer id = ids.get(value);
        if (id == null) {
            id = values.size();
            if (id >= 1 << bits) {
                throw new IllegalStateException("more than 2^" + bits + " of " + value.getClass());
            }
            ids.put(value, id);
            values.add(value);
        }
        return id;
    }

    T value(int id) {
        return values.get(id);
    }
}
