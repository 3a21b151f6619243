package io.tricolor.cli.http;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a service answered; no failure.
 *
 * @param body null node when it has none
 * @param version what the ETag names, for the next If-Match; null when there is none
 */
public record Answer(int status, JsonNode body, @Nullable String version) {}
