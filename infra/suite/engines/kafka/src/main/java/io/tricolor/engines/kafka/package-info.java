/** One persistent Kafka broker in a process of its own. */
@NullMarked
package io.tricolor.engines.kafka;

import org.jspecify.annotations.NullMarked;
