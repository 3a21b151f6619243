/** Gates judged by numbers: the sequential test and what it is fed with. Pure. */
@NullMarked
package io.tricolor.monitor.gate.domain;

import org.jspecify.annotations.NullMarked;
