/** Keys and tokens of a suite on one machine. */
@NullMarked
package io.tricolor.standalone.security;

import org.jspecify.annotations.NullMarked;
