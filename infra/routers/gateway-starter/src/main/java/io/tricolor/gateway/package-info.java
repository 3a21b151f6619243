/**
 * The router on Spring Cloud Gateway: one compiled table per group, pinned for each request; last good state on disk.
 */
@NullMarked
package io.tricolor.gateway;

import org.jspecify.annotations.NullMarked;
