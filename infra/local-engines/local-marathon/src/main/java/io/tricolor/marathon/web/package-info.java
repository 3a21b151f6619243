/** The HTTP surface. */
@NullMarked
package io.tricolor.marathon.web;

import org.jspecify.annotations.NullMarked;
