@NullMarked
package io.tricolor.monitor.traffic.domain;

import org.jspecify.annotations.NullMarked;
