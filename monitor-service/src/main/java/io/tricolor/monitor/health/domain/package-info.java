/** When an observation becomes a change of health. */
@NullMarked
package io.tricolor.monitor.health.domain;

import org.jspecify.annotations.NullMarked;
