/** The static pages. */
@NullMarked
package io.tricolor.console.page;

import org.jspecify.annotations.NullMarked;
