/** The APIs of the suite as a caller sees them. */
@NullMarked
package io.tricolor.cli.http;

import org.jspecify.annotations.NullMarked;
