/** What the routers show of themselves. */
@NullMarked
package io.tricolor.monitor.router;

import org.jspecify.annotations.NullMarked;
