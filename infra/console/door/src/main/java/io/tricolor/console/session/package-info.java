/** Who is logged in, and for how long. */
@NullMarked
package io.tricolor.console.session;

import org.jspecify.annotations.NullMarked;
