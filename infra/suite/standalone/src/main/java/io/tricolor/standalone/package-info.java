/** Entry point of the launcher. */
@NullMarked
package io.tricolor.standalone;

import org.jspecify.annotations.NullMarked;
