/** Tests. */
@NullMarked
package io.tricolor.monitor.drain.domain;

import org.jspecify.annotations.NullMarked;
