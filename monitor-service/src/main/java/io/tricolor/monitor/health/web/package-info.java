/** Health over HTTP. */
@NullMarked
package io.tricolor.monitor.health.web;

import org.jspecify.annotations.NullMarked;
