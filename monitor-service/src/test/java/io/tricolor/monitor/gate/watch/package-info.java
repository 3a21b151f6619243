/** Tests. */
@NullMarked
package io.tricolor.monitor.gate.watch;

import org.jspecify.annotations.NullMarked;
