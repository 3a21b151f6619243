/** Reads what routers count, while somebody asks. */
@NullMarked
package io.tricolor.monitor.traffic.watch;

import org.jspecify.annotations.NullMarked;
