/** Tests. */
@NullMarked
package io.tricolor.monitor.drain.watch;

import org.jspecify.annotations.NullMarked;
