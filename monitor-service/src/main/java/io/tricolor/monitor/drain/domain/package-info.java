/** Whether a cluster is really at zero. */
@NullMarked
package io.tricolor.monitor.drain.domain;

import org.jspecify.annotations.NullMarked;
