/** Who is asking, and what they may. */
@NullMarked
package io.tricolor.kit.security;

import org.jspecify.annotations.NullMarked;
