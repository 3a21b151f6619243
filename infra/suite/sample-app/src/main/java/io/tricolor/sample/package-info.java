/** The application that the demonstration releases. */
@NullMarked
package io.tricolor.sample;

import org.jspecify.annotations.NullMarked;
