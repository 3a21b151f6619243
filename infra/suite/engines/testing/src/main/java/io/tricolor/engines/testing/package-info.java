/** The engines that tests run against. */
@NullMarked
package io.tricolor.engines.testing;

import org.jspecify.annotations.NullMarked;
