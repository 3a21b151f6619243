/** Commands that a person types. */
@NullMarked
package io.tricolor.cli.command;

import org.jspecify.annotations.NullMarked;
