package io.tricolor.router.sources;

/** An instance of a service as the registry names it; the address is a literal or a host name. */
public record Instance(String id, String address, int port) {

    /** Address and port as in a URI. */
    public String authority() {
        return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
    }
}
