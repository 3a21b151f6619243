/** Takes up which load is to be observed, reads routers and instances, answers. */
@NullMarked
package io.tricolor.monitor.load.watch;

import org.jspecify.annotations.NullMarked;
