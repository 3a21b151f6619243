/** Commands that a person types. */
@NullMarked
package io.tricolor.standalone.cli;

import org.jspecify.annotations.NullMarked;
