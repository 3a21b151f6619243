/** Consumes Kafka topics once in effect: duplicates are dropped, gaps stop the consumer. */
@NullMarked
package io.tricolor.kit.inbox;

import org.jspecify.annotations.NullMarked;
