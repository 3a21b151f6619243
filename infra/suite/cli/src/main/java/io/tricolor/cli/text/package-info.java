/** How things are shown to people, and read from files. */
@NullMarked
package io.tricolor.cli.text;

import org.jspecify.annotations.NullMarked;
