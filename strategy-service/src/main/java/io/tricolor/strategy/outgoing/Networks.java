package io.tricolor.strategy.outgoing;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Where calls may go, by the addresses that a name has and not by the name: public ones, and blocks that are allowed
 * besides. A name with one address that is not allowed is refused as a whole.
 */
public final class Networks {

    private final List<Block> allowed;

    public Networks(List<String> allowed) {
        this.allowed = allowed.stream().map(Block::parse).toList();
    }

    /** Fails when the host may not be called. Resolves its name; blocking. */
    public void check(String host) throws IOException {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(name);
        } catch (UnknownHostException e) {
            throw new IOException("the name of the target is not known", e);
        }
        for (InetAddress address : addresses) {
            if (!isPublic(address) && allowed.stream().noneMatch(block -> block.contains(address))) {
                throw new IOException("the target has the address " + address.getHostAddress()
                        + ", which tricolor.strategy.outgoing-networks does not allow");
            }
        }
    }

    public static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        boolean shared = address instanceof Inet6Address
                ? (first & 0xfe) == 0xfc // unique local
                : first == 0 || (first == 100 && (second & 0xc0) == 64) || first >= 240;
        return !shared
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isSiteLocalAddress()
                && !address.isMulticastAddress();
    }

    /** Addresses that begin with the same bits. */
    record Block(InetAddress address, int bits) {

        static Block parse(String text) {
            int slash = text.indexOf('/');
            try {
                // an address as digits: no name is resolved
                InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
                int longest = address.getAddress().length * Byte.SIZE;
                int bits = slash < 0 ? longest : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= longest) {
                    return new Block(address, bits);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "tricolor.strategy.outgoing-networks has \"" + text + "\", which is no block of addresses", e);
            }
            throw new IllegalArgumentException(
                    "tricolor.strategy.outgoing-networks has \"" + text + "\" with too many bits");
        }

        boolean contains(InetAddress other) {
            byte[] mine = address.getAddress();
            byte[] theirs = other.getAddress();
            if (mine.length != theirs.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % Byte.SIZE);
                if ((mine[bit / Byte.SIZE] & mask) != (theirs[bit / Byte.SIZE] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
