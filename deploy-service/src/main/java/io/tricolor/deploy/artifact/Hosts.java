package io.tricolor.deploy.artifact;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which hosts may be read from, by name or, after the name was resolved, by address. Link-local addresses, which
 * clouds give out credentials at, are never read from.
 */
final class Hosts {

    private final List<String> names = new ArrayList<>();
    private final List<Network> networks = new ArrayList<>();

    /** Throws {@link IllegalArgumentException} for what is neither a name nor a network. */
    Hosts(List<String> allowed) {
        for (String one : allowed) {
            if (one.contains("/")) {
                networks.add(Network.parse(one));
            } else if (one.matches("(\\*\\.)?[A-Za-z0-9._:-]+")) {
                names.add(one.toLowerCase(Locale.ROOT));
            } else {
                throw new IllegalArgumentException("tricolor.artifacts.hosts: '" + one + "' is no host or network");
            }
        }
    }

    /** A range of addresses. */
    private record Network(BigInteger first, int length, int bits) {

        static Network parse(String text) {
            String[] parts = text.split("/", -1);
            try {
                byte[] address = InetAddress.ofLiteral(parts[0]).getAddress();
                int bits = Integer.parseInt(parts[1]);
                if (bits < 0 || bits > address.length * 8) {
                    throw new IllegalArgumentException("tricolor.artifacts.hosts: " + text + " has too many bits");
                }
                return new Network(new BigInteger(1, address), address.length, bits);
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException("tricolor.artifacts.hosts: '" + text + "' is no network", e);
            }
        }

        boolean has(InetAddress address) {
            byte[] bytes = address.getAddress();
            int rest = length * 8 - bits;
            return bytes.length == length
                    && new BigInteger(1, bytes).shiftRight(rest).equals(first.shiftRight(rest));
        }
    }

    /** The host may not be read from. */
    static final class Forbidden extends Exception {
        private static final long serialVersionUID = 1L;

        Forbidden(String message) {
            super(message);
        }
    }

    /** Throws {@link Forbidden} when the host of the address, or one of its addresses, may not be read from. */
    void check(URI uri) throws Forbidden, IOException {
        String host = uri.getHost();
        if (host == null) {
            throw new Forbidden("'" + uri + "' names no host");
        }
        String name = host.replaceAll("^\\[|]$", "").toLowerCase(Locale.ROOT);
        boolean named = names.stream()
                .anyMatch(allowed ->
                        allowed.startsWith("*.") ? name.endsWith(allowed.substring(1)) : name.equals(allowed));
        try {
            for (InetAddress address : InetAddress.getAllByName(name)) {
                boolean open = names.isEmpty() && networks.isEmpty();
                boolean inside = networks.stream().anyMatch(network -> network.has(address));
                if (address.isLinkLocalAddress()
                        || address.isMulticastAddress()
                        || address.isAnyLocalAddress()
                        || !(open || named || inside)) {
                    throw new Forbidden("artifacts may not be read from host " + host
                            + " (tricolor.artifacts.hosts says which may)");
                }
            }
        } catch (UnknownHostException e) {
            throw new IOException("there is no host " + host, e);
        }
    }
}
