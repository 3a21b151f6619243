/** Support for tests of services. */
@NullMarked
package io.tricolor.kit.testing;

import org.jspecify.annotations.NullMarked;
