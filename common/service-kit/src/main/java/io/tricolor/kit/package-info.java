/** Defaults that every Tricolor service starts with. */
@NullMarked
package io.tricolor.kit;

import org.jspecify.annotations.NullMarked;
