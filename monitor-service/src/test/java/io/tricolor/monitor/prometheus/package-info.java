/** Tests. */
@NullMarked
package io.tricolor.monitor.prometheus;

import org.jspecify.annotations.NullMarked;
