/** Takes up judgements from Kafka, reads the routers' counters, answers. */
@NullMarked
package io.tricolor.monitor.gate.watch;

import org.jspecify.annotations.NullMarked;
