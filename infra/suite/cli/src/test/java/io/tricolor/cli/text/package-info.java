/** Tests. */
@NullMarked
package io.tricolor.cli.text;

import org.jspecify.annotations.NullMarked;
