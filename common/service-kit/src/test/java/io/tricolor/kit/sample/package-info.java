/** A small service on the kit, for its tests. */
@NullMarked
package io.tricolor.kit.sample;

import org.jspecify.annotations.NullMarked;
