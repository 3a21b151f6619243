/** Route tables on their way to the routers, and what the routers answer. */
@NullMarked
package io.tricolor.strategy.routing;

import org.jspecify.annotations.NullMarked;
