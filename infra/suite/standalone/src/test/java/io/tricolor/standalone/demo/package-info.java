/** Tests. */
@NullMarked
package io.tricolor.standalone.demo;

import org.jspecify.annotations.NullMarked;
