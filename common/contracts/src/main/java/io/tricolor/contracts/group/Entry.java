package io.tricolor.contracts.group;

import org.jspecify.annotations.Nullable;

/**
 * How requests from outside reach a service of the group. The longest matching {@code pathPrefix} wins, an entry with a
 * host before one without.
 *
 * @param host exact host name without port, lower case; null for any
 * @param pathPrefix begins with a slash; matches whole segments; passed on unchanged
 * @param service name of the called service, as in the manifests of the clusters
 */
public record Entry(@Nullable String host, String pathPrefix, String service) {}
