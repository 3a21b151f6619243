/** What routers and strategy-service say about a drain. */
@NullMarked
package io.tricolor.monitor.drain.watch;

import org.jspecify.annotations.NullMarked;
