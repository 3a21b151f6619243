/** Where Prometheus finds what to scrape. */
@NullMarked
package io.tricolor.monitor.prometheus;

import org.jspecify.annotations.NullMarked;
