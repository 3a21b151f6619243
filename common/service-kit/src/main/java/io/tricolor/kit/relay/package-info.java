/** Copies committed events to Kafka, at least once and in order. */
@NullMarked
package io.tricolor.kit.relay;

import org.jspecify.annotations.NullMarked;
