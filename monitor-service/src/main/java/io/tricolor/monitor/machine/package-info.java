/** The machine's own numbers. */
@NullMarked
package io.tricolor.monitor.machine;

import org.jspecify.annotations.NullMarked;
