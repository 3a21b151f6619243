package io.tricolor.deploy.secret;

import java.io.IOException;
import java.util.Optional;

/** Where secrets are kept. Asked at every start anew. Blocking. Thread-safe. */
public interface SecretProvider {

    /**
     * The value of a secret, without the line ends behind it; empty when there is none of that name.
     *
     * @param name letters, digits, dots, dashes and underscores
     * @throws IOException when that cannot be said now
     */
    Optional<String> find(String name) throws IOException;
}
