/** The configuration center. */
@NullMarked
package io.tricolor.config;

import org.jspecify.annotations.NullMarked;
