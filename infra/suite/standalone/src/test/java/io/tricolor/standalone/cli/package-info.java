/** Tests. */
@NullMarked
package io.tricolor.standalone.cli;

import org.jspecify.annotations.NullMarked;
