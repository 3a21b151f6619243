/** What of traffic follows from what routers have counted. */
@NullMarked
package io.tricolor.monitor.traffic.domain;

import org.jspecify.annotations.NullMarked;
