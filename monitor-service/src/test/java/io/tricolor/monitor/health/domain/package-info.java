/** Tests. */
@NullMarked
package io.tricolor.monitor.health.domain;

import org.jspecify.annotations.NullMarked;
