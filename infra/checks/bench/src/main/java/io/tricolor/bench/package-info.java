/** Paired, interleaved benchmarks on one machine, over loopback. */
@NullMarked
package io.tricolor.bench;

import org.jspecify.annotations.NullMarked;
