/** Work that goes on for as long as the service runs, and how it shows when it does not. */
@NullMarked
package io.tricolor.kit.loop;

import org.jspecify.annotations.NullMarked;
