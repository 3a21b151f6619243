/** A Spring Cloud Gateway with nothing of Tricolor in it. */
@NullMarked
package io.tricolor.bench.plain;

import org.jspecify.annotations.NullMarked;
