package io.tricolor.cli.context;

import io.tricolor.cli.http.Service;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A suite as one caller reaches it.
 *
 * @param name for messages
 * @param addresses of each service, in the order in which they are tried; none: the service is not known here
 * @param token asked once, when the first request is sent
 */
public record Place(String name, Map<Service, List<URI>> addresses, Supplier<String> token) {}
