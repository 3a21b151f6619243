/** Which suite a command talks to, and as whom. */
@NullMarked
package io.tricolor.cli.context;

import org.jspecify.annotations.NullMarked;
