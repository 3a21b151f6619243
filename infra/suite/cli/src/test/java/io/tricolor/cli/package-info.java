/** Tests. */
@NullMarked
package io.tricolor.cli;

import org.jspecify.annotations.NullMarked;
