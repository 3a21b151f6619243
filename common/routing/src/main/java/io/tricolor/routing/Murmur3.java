package io.tricolor.routing;

/**
 * MurmurHash3, variant x86 32-bit, by Austin Appleby (SMHasher, public domain): cheap, well mixed, and to be had in
 * every language that a router is written in. Not for secrets.
 */
final class Murmur3 {

    private static final int C1 = 0xcc9e2d51;
    private static final int C2 = 0x1b873593;

    private Murmur3() {}

    /** Hash of the first {@code length} bytes with seed 0; to be read as unsigned. */
    static int hash(byte[] bytes, int length) {
        return hash(bytes, length, 0);
    }

    static int hash(byte[] bytes, int length, int seed) {
        int h = seed;
        int blocksEnd = length & ~3;
        for (int i = 0; i < blocksEnd; i += 4) {
            int k = (bytes[i] & 0xff)
                    | (bytes[i + 1] & 0xff) << 8
                    | (bytes[i + 2] & 0xff) << 16
                    | (bytes[i + 3] & 0xff) << 24;
            h ^= scramble(k);
            h = Integer.rotateLeft(h, 13) * 5 + 0xe6546b64;
        }
        int tail = 0;
        for (int i = length - 1; i >= blocksEnd; i--) {
            tail = tail << 8 | (bytes[i] & 0xff);
        }
        h ^= scramble(tail);
        h ^= length;
        h ^= h >>> 16;
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        h ^= h >>> 16;
        return h;
    }

    private static int scramble(int k) {
        return Integer.rotateLeft(k * C1, 15) * C2;
    }
}
