/** Health as it can be asked for. */
@NullMarked
package io.tricolor.monitor.health.query;

import org.jspecify.annotations.NullMarked;
