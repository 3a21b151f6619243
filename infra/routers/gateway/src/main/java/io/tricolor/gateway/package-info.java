/** The router as a program of its own. */
@NullMarked
package io.tricolor.gateway;

import org.jspecify.annotations.NullMarked;
