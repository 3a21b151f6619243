/** Tests. */
@NullMarked
package io.tricolor.monitor.health.watch;

import org.jspecify.annotations.NullMarked;
