/** Drains over HTTP. */
@NullMarked
package io.tricolor.monitor.drain.web;

import org.jspecify.annotations.NullMarked;
