/** Tests. */
@NullMarked
package io.tricolor.monitor.gate.domain;

import org.jspecify.annotations.NullMarked;
