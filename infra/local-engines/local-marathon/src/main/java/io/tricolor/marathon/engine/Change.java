package io.tricolor.marathon.engine;

import java.time.Instant;

/**
 * What a request has set in motion.
 *
 * @param created whether an app was made that was not there before
 */
public record Change(Instant version, String deploymentId, boolean created) {}
