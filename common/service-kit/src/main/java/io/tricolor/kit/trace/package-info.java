/** The W3C trace that a request belongs to. */
@NullMarked
package io.tricolor.kit.trace;

import org.jspecify.annotations.NullMarked;
