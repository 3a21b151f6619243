/** The command line that people use instead of curl. */
@NullMarked
package io.tricolor.cli;

import org.jspecify.annotations.NullMarked;
