/** How much traffic goes where. */
@NullMarked
package io.tricolor.monitor.traffic.web;

import org.jspecify.annotations.NullMarked;
