/** Observes services and instances, round after round. */
@NullMarked
package io.tricolor.monitor.health.watch;

import org.jspecify.annotations.NullMarked;
