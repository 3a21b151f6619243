package io.tricolor.strategy.group.domain;

import java.util.function.IntSupplier;

/** What was found out once, by a key of three longs. */
final class Memo {

    private long[] keys = new long[3 << 10];
    private int[] values = new int[1 << 10];
    private int size;

    /** What is known of the key, or what is found out now; not negative. */
    int get(long a, long b, long c, IntSupplier found) {
        int slot = slotOf(a, b, c);
        if (values[slot] != 0) {
            return values[slot] - 1;
        }
        int value = found.getAsInt(); // may have asked for other keys
        put(slotOf(a, b, c), a, b, c, value + 1);
        if (++size * 2 > values.length) {
            grow();
        }
        return value;
    }

    private void put(int slot, long a, long b, long c, int value) {
        keys[slot * 3] = a;
        keys[slot * 3 + 1] = b;
        keys[slot * 3 + 2] = c;
        values[slot] = value;
    }

    private int slotOf(long a, long b, long c) {
        int mask = values.length - 1;
        int slot = hash(a, b, c) & mask;
        while (values[slot] != 0 && (keys[slot * 3] != a || keys[slot * 3 + 1] != b || keys[slot * 3 + 2] != c)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new int[oldValues.length * 2];
        for (int i = 0; i < oldValues.length; i++) {
            if (oldValues[i] != 0) {
                long a = oldKeys[i * 3];
                long b = oldKeys[i * 3 + 1];
                long c = oldKeys[i * 3 + 2];
                put(slotOf(a, b, c), a, b, c, oldValues[i]);
            }
        }
    }

    private static int hash(long a, long b, long c) {
        long h = a * 0x9E3779B97F4A7C15L;
        h = (h ^ h >>> 32 ^ b) * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 29 ^ c) * 0x165667B19E3779F9L;
        return (int) (h ^ h >>> 32);
    }
}
