/** Values that are stored encrypted. */
@NullMarked
package io.tricolor.config.secret;

import org.jspecify.annotations.NullMarked;
