/** Black-box tests over HTTP, and tests of what only shows inside. */
@NullMarked
package io.tricolor.consul;

import org.jspecify.annotations.NullMarked;
