/** The processes of a suite: what they are, how they are started, watched, found again and stopped. */
@NullMarked
package io.tricolor.standalone.suite;

import org.jspecify.annotations.NullMarked;
