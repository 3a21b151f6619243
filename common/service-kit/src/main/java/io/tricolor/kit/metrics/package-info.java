/** One Prometheus registry, one page. */
@NullMarked
package io.tricolor.kit.metrics;

import org.jspecify.annotations.NullMarked;
