/** Reading groups: states folded from the stream, and the read models of lists and histories. */
@NullMarked
package io.tricolor.strategy.group.query;

import org.jspecify.annotations.NullMarked;
