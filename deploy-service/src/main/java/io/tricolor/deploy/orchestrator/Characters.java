package io.tricolor.deploy.orchestrator;

/** Where UTF-8 may be cut. */
final class Characters {

    private static final int LONGEST = 4;

    private Characters() {}

    /**
     * How many of the bytes make whole characters: all of them, or all but the beginning of a last one. What is no
     * UTF-8 counts as whole.
     */
    static int whole(byte[] bytes) {
        for (int back = 1; back < LONGEST && back <= bytes.length; back++) {
            int at = bytes.length - back;
            int value = bytes[at] & 0xff;
            if (value < 0x80) {
                return bytes.length;
            }
            if (value >= 0xc0) {
                int length = value >= 0xf0 ? 4 : value >= 0xe0 ? 3 : 2;
                return length > back ? at : bytes.length;
            }
        }
        return bytes.length;
    }
}
