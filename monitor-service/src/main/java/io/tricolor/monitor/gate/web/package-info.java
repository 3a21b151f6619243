/** Running judgements over HTTP. */
@NullMarked
package io.tricolor.monitor.gate.web;

import org.jspecify.annotations.NullMarked;
