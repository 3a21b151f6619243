package io.tricolor.router.sources;

import java.io.IOException;
import java.net.http.HttpResponse;

/** Consul has left out of an answer what the token may not see: what is missing in it is not gone. */
public final class FilteredAnswer extends IOException {

    private static final long serialVersionUID = 1L;

    private FilteredAnswer() {
        super("Consul leaves out of its answer what the token may not see");
    }

    /** Throws it when it is one. */
    public static void refuse(HttpResponse<?> answer) throws FilteredAnswer {
        if (answer.headers()
                .firstValue("X-Consul-Results-Filtered-By-ACLs")
                .orElse("")
                .equals("true")) {
            throw new FilteredAnswer();
        }
    }

    /** The name under which a failed call of Consul is counted. */
    public static String source(Exception failure) {
        return failure instanceof FilteredAnswer ? "consul-acl" : "consul";
    }
}
