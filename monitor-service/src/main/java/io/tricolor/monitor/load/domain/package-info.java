/** What the difference of two readings says of a service's load. Pure. */
@NullMarked
package io.tricolor.monitor.load.domain;

import org.jspecify.annotations.NullMarked;
