package io.tricolor.strategy.group.domain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The states that an exploration has found, by number in the order of their discovery; how each was found first, and
 * what follows from it. A state is a row of small numbers, packed exactly: two states are one only if all their numbers
 * are equal.
 */
final class StateGraph {

    private static final int TEXT_BITS = 16;

    private final int fields;
    private final int[] word;
    private final int[] shift;
    private final long[] mask;
    private final int width;
    private final long[] packed;

    private final Interned<String> texts = new Interned<>(TEXT_BITS);
    private long[] rows;
    private int[] slots = new int[1 << 12];
    private int size;
    private int[] parents = new int[1 << 10];
    private int[] labels = new int[1 << 10];
    private int[] following = new int[1 << 12];
    private int followingCount;
    private int[] firstFollowing = new int[1 << 10];
    private int current = -1;
    private long transitions;

    /** @param bits how many each number of a row needs */
    StateGraph(int... bits) {
        fields = bits.length;
        word = new int[fields];
        shift = new int[fields];
        mask = new long[fields];
        int at = 0;
        int used = 0;
        for (int i = 0; i < fields; i++) {
            if (used + bits[i] > Long.SIZE) {
                at++;
                used = 0;
            }
            word[i] = at;
            shift[i] = used;
            mask[i] = (1L << bits[i]) - 1;
            used += bits[i];
        }
        width = at + 1;
        packed = new long[width];
        rows = new long[width << 10];
    }

    int size() {
        return size;
    }

    /** How often a state was reached, whether it was new or not. */
    long transitions() {
        return transitions;
    }

    /** A text for steps, to be made once and not for each step. */
    int text(String text) {
        return texts.id(text);
    }

    /** Takes the next state into the row, to find what follows from it; false: there is none. */
    boolean next(int[] row) {
        if (current + 1 == size) {
            return false;
        }
        current++;
        if (current + 1 >= firstFollowing.length) {
            firstFollowing = Arrays.copyOf(firstFollowing, firstFollowing.length * 2);
        }
        firstFollowing[current] = followingCount;
        unpack(current, row);
        return true;
    }

    /**
     * A state follows from the one that {@link #next} gave last.
     *
     * @param text how it came to it, a number of {@link #text}
     * @param number for people, to be read after the text; 0: none
     */
    void reach(int[] row, int text, int number) {
        transitions++;
        pack(row);
        int index = add();
        if (index == size - 1 && parents[index] == Integer.MIN_VALUE) {
            parents[index] = current;
            labels[index] = text | number << TEXT_BITS;
        }
        if (index != current && current >= 0) {
            if (followingCount == following.length) {
                following = Arrays.copyOf(following, followingCount + (followingCount >> 1));
            }
            following[followingCount++] = index;
        }
    }

    /** How it came to the state that {@link #next} gave last. */
    List<String> path() {
        List<String> path = new ArrayList<>();
        for (int i = current; i >= 0; i = parents[i]) {
            path.add(said(labels[i] & (1 << TEXT_BITS) - 1, labels[i] >>> TEXT_BITS));
        }
        return path.reversed();
    }

    String said(int text, int number) {
        return texts.value(text) + (number == 0 ? "" : " " + number);
    }

    /**
     * The first state from which none of the ends can be reached, as the one that {@link #path} is about; false: there
     * is none. To be asked when there is no next state.
     */
    boolean isAnyStuck(IntPredicate ends) {
        firstFollowing[size] = followingCount;
        int[] start = new int[size + 1];
        for (int e = 0; e < followingCount; e++) {
            start[following[e] + 1]++;
        }
        for (int i = 0; i < size; i++) {
            start[i + 1] += start[i];
        }
        int[] fill = start.clone();
        int[] sources = new int[followingCount];
        for (int from = 0; from < size; from++) {
            for (int e = firstFollowing[from]; e < firstFollowing[from + 1]; e++) {
                sources[fill[following[e]]++] = from;
            }
        }
        boolean[] isFree = new boolean[size];
        int[] queue = new int[size];
        int tail = 0;
        for (int i = 0; i < size; i++) {
            if (ends.test(i)) {
                isFree[i] = true;
                queue[tail++] = i;
            }
        }
        for (int head = 0; head < tail; head++) {
            for (int e = start[queue[head]]; e < start[queue[head] + 1]; e++) {
                if (!isFree[sources[e]]) {
                    isFree[sources[e]] = true;
                    queue[tail++] = sources[e];
                }
            }
        }
        for (current = 0; current < size; current++) {
            if (!isFree[current]) {
                return true;
            }
        }
        return false;
    }

    void unpack(int index, int[] row) {
        int at = index * width;
        for (int i = 0; i < fields; i++) {
            row[i] = (int) (rows[at + word[i]] >>> shift[i] & mask[i]);
        }
    }

    private void pack(int[] row) {
        Arrays.fill(packed, 0);
        for (int i = 0; i < fields; i++) {
            if ((row[i] & ~mask[i]) != 0) {
                throw new IllegalStateException("number " + i + " of a state is too large: " + row[i]);
            }
            packed[word[i]] |= (long) row[i] << shift[i];
        }
    }

    private int add() {
        int mask = slots.length - 1;
        int slot = hash(packed, 0) & mask;
        while (slots[slot] != 0) {
            int known = slots[slot] - 1;
            if (Arrays.equals(rows, known * width, (known + 1) * width, packed, 0, width)) {
                return known;
            }
            slot = slot + 1 & mask;
        }
        if ((size + 1) * width > rows.length) {
            rows = Arrays.copyOf(rows, rows.length * 2);
        }
        if (size == parents.length) {
            parents = Arrays.copyOf(parents, size * 2);
            labels = Arrays.copyOf(labels, size * 2);
        }
        System.arraycopy(packed, 0, rows, size * width, width);
        parents[size] = Integer.MIN_VALUE;
        slots[slot] = ++size;
        if (size * 2 > slots.length) {
            grow();
        }
        return size - 1;
    }

    private void grow() {
        int[] wider = new int[slots.length * 2];
        int mask = wider.length - 1;
        for (int i = 0; i < size; i++) {
            int slot = hash(rows, i * width) & mask;
            while (wider[slot] != 0) {
                slot = slot + 1 & mask;
            }
            wider[slot] = i + 1;
        }
        slots = wider;
    }

    private int hash(long[] from, int at) {
        long h = 0;
        for (int i = 0; i < width; i++) {
            h = (h ^ h >>> 31 ^ from[at + i]) * 0x9E3779B97F4A7C15L;
        }
        return (int) (h ^ h >>> 32);
    }
}
